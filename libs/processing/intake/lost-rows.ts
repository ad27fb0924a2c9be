import { partitionKey, type Bus } from '#libs/bus';
import type { IntakeStore } from '#libs/store';
import type { Watch } from '../watch.ts';

/**
 * Has everything that waits looked up before it is sent where the group has committed further than the store knows: rows were lost, and what they
 * show as waiting may have been paid. To be awaited before an executor starts, which would claim before intake has joined its group and reported it.
 */
export async function lookFirstWhereRowsWereLost(
  bus: Bus,
  store: IntakeStore,
  of: { readonly groupId: string; readonly topic: string },
  watch: Watch,
): Promise<void> {
  const lost = await partitionsWithLostRows(bus, store, of);
  if (lost.length === 0) return;
  const payments = await store.lookFirst();
  watch.log('error', 'rows were lost: refunds that wait are looked up before they are sent', {
    payments,
    partitions: lost,
  });
}

/** Our own positions come last: read first, what another process commits meanwhile would look like a loss. */
async function partitionsWithLostRows(
  bus: Bus,
  store: IntakeStore,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
): Promise<readonly string[]> {
  const admin = await bus.admin();
  try {
    // Nothing was ever read of a topic that is not there.
    if (!(await admin.listTopics()).includes(topic)) return [];
    const committed = await admin.committed(groupId, topic);
    const earliest = new Map((await admin.offsets(topic)).map(({ partition, low }) => [partition, low]));
    const stored = new Map(
      (await store.positions(groupId, await bus.id()))
        .filter((position) => position.topic === topic)
        .map(({ partition, next }) => [partition, next]),
    );
    return committed
      .filter(
        ({ partition, offset }) => (offset ?? 0) > (stored.get(partition) ?? earliest.get(partition) ?? 0),
      )
      .map(({ partition }) => partitionKey({ topic, partition }));
  } finally {
    await admin.close();
  }
}
