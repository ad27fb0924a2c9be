import {
  BusError,
  partitionKey,
  type Bus,
  type BusErrorCode,
  type BusAdmin,
  type BusRecord,
} from '#libs/bus';
import type { IntakeStore, PublishedEvent } from '#libs/store';
import type { Watch } from '../watch.ts';

/** How many of the newest events of a partition are compared with the store. */
const EVENTS_MAX = 100;
/** Beyond what the store counts to. */
const SEQUENCES_MAX = 2 ** 31;

const PASSED_OVER: ReadonlySet<string> = new Set<BusErrorCode>([
  'BUS_REFUSED',
  'TOPIC_MISSING',
  'BATCH_UNREADABLE',
]);

/** What shows that rows were lost; null: nothing does. */
type Evidence = Readonly<Record<string, unknown>> | null;

export interface Consumed {
  readonly groupId: string;
  readonly topics: { readonly requested: string; readonly results: string; readonly status: string };
}

/**
 * Has everything that waits looked up before it is sent where the bus knows more than the store: rows were lost, and what they show as waiting may
 * have been paid. To be awaited before an executor starts, which would claim before intake has joined its group and reported a loss.
 * Rejects while the bus or the database cannot answer.
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
  const payments = await store.lookFirst('processor', evidence);
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
): Promise<Evidence> {
  const admin = await bus.admin();
  try {
    // Nothing was ever read from or written to a topic that is not there.
    const existing = await admin.listTopics();
    const cluster = await bus.id();
    for (const topic of [topics.requested, topics.results, topics.status].filter((name) =>
      existing.includes(name),
    )) {
      const evidence = await unlessRefused(topic, watch, async () =>
        topic === topics.requested
          ? await committedBeyond(admin, store, groupId, topic, cluster)
          : await publishedBeyond(bus, admin, store, topic, signal),
      );
      if (evidence !== null) return { topic, ...evidence };
    }
    return null;
  } finally {
    await admin.close();
  }
}

/** What cannot be compared by asking again is told and passed over: for that alone no processor stays away for ever. */
async function unlessRefused(topic: string, watch: Watch, ask: () => Promise<Evidence>): Promise<Evidence> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof BusError) || !PASSED_OVER.has(error.code)) throw error;
    watch.log(
      'error',
      'whether rows were lost could not be asked; after a restore, stop the accounts first',
      {
        topic,
        error: error.message,
      },
    );
    return null;
  }
}

/** Partitions of which the group has committed more. Our own positions come last: what another process commits meanwhile would look like a loss. */
async function committedBeyond(
  admin: BusAdmin,
  store: IntakeStore,
  groupId: string,
  topic: string,
  cluster: string,
): Promise<Evidence> {
  const committed = await admin.committed(groupId, topic);
  const earliest = new Map((await admin.offsets(topic)).map(({ partition, low }) => [partition, low]));
  const stored = new Map(
    (await store.positions(groupId, cluster))
      .filter((position) => position.topic === topic)
      .map(({ partition, next }) => [partition, next]),
  );
  const beyond = committed
    .filter(
      ({ partition, offset }) => (offset ?? 0) > (stored.get(partition) ?? earliest.get(partition) ?? 0),
    )
    .map(({ partition }) => partitionKey({ topic, partition }));
  return beyond.length === 0 ? null : { committedBeyondTheStore: beyond };
}

/** A refund whose newest events the store does not know; null: none. Requests that all came before the backup leave no other trace. */
async function publishedBeyond(
  bus: Bus,
  admin: BusAdmin,
  store: IntakeStore,
  topic: string,
  signal: AbortSignal,
): Promise<Evidence> {
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: Math.max(low, high - EVENTS_MAX),
    to: high,
  }));
  for await (const { records } of bus.scan(topic, ranges, signal)) {
    const refundId = await store.publishedBeyond(records.flatMap((record) => eventOf(record) ?? []));
    if (refundId !== null) return { publishedBeyondTheStore: refundId };
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
  return isOurs && Number.isInteger(sequence) && sequence > 0 && sequence < SEQUENCES_MAX
    ? { refundId, sequence, atMs: timestampMs }
    : null;
}
