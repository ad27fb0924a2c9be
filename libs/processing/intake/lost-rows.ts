import { BusError, partitionKey, type Bus, type BusAdmin, type BusRecord } from '#libs/bus';
import type { IntakeStore, PublishedEvent } from '#libs/store';
import type { Watch } from '../watch.ts';

/** How many of the newest events of a partition are compared with the store. */
const EVENTS_MAX = 100;
/** Beyond what the store counts to. */
const SEQUENCES_MAX = 2 ** 31;

export interface Consumed {
  readonly groupId: string;
  readonly topics: { readonly requested: string; readonly results: string; readonly status: string };
}

/**
 * Has everything that waits looked up before it is sent where the bus knows more than the store: rows were lost, and what they show as waiting may
 * have been paid. To be awaited before an executor starts, which would claim before intake has joined its group and reported a loss.
 * Rejects while the bus or the database cannot be reached.
 */
export async function lookFirstWhereRowsWereLost(
  bus: Bus,
  store: IntakeStore,
  consumed: Consumed,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  const evidence = await evidenceOfLoss(bus, store, consumed, watch, signal);
  if (evidence === null) return;
  const payments = await store.lookFirst();
  watch.log('error', 'rows were lost: refunds that wait are looked up before they are sent', {
    ...evidence,
    payments,
  });
}

async function evidenceOfLoss(
  bus: Bus,
  store: IntakeStore,
  { groupId, topics }: Consumed,
  watch: Watch,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  const admin = await bus.admin();
  try {
    // Nothing was ever read from or written to a topic that is not there.
    const existing = await admin.listTopics();
    if (existing.includes(topics.requested)) {
      const partitions = await committedBeyond(admin, store, groupId, topics.requested, await bus.id());
      if (partitions.length > 0) return { committedBeyondTheStore: partitions };
    }
    for (const topic of [topics.results, topics.status].filter((name) => existing.includes(name))) {
      const refundId = await publishedBeyond(bus, admin, store, topic, signal).catch((error: unknown) => {
        if (!(error instanceof BusError) || error.code === 'BUS_UNREACHABLE') throw error;
        watch.log('warn', 'published events could not be compared with the store', {
          topic,
          error: error.message,
        });
        return null;
      });
      if (refundId !== null) return { publishedBeyondTheStore: refundId, topic };
    }
    return null;
  } finally {
    await admin.close();
  }
}

/** Partitions of which the group has committed more. Our own positions come last: what another process commits meanwhile would look like a loss. */
async function committedBeyond(
  admin: BusAdmin,
  store: IntakeStore,
  groupId: string,
  topic: string,
  cluster: string,
): Promise<readonly string[]> {
  const committed = await admin.committed(groupId, topic);
  const earliest = new Map((await admin.offsets(topic)).map(({ partition, low }) => [partition, low]));
  const stored = new Map(
    (await store.positions(groupId, cluster))
      .filter((position) => position.topic === topic)
      .map(({ partition, next }) => [partition, next]),
  );
  return committed
    .filter(
      ({ partition, offset }) => (offset ?? 0) > (stored.get(partition) ?? earliest.get(partition) ?? 0),
    )
    .map(({ partition }) => partitionKey({ topic, partition }));
}

/** A refund whose newest events the store does not know; null: none. Requests that all came before the backup leave no other trace. */
async function publishedBeyond(
  bus: Bus,
  admin: BusAdmin,
  store: IntakeStore,
  topic: string,
  signal: AbortSignal,
): Promise<string | null> {
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: Math.max(low, high - EVENTS_MAX),
    to: high,
  }));
  for await (const { records } of bus.scan(topic, ranges, signal)) {
    const refundId = await store.publishedBeyond(records.flatMap((record) => eventOf(record) ?? []));
    if (refundId !== null) return refundId;
  }
  return null;
}

/** Null for what no relay of ours has written. */
function eventOf({ headers, timestampMs }: BusRecord): PublishedEvent | null {
  const text = (wanted: string): string =>
    headers.find(({ name }) => name === wanted)?.value?.toString('utf8') ?? '';
  const refundId = text('ce_subject');
  const sequence = Number(text('ce_id').slice(refundId.length + 1));
  const isOurs = text('ce_id') === `${refundId}.${String(sequence)}` && !refundId.includes('\0');
  return isOurs && Number.isInteger(sequence) && sequence < SEQUENCES_MAX
    ? { refundId, sequence, atMs: timestampMs }
    : null;
}
