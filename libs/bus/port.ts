/** The bus as the rest of the system sees it: batches in order per partition, sends with an acknowledgement, a little administration. */

/** One header. Kafka allows a name to repeat; repeated names keep their order. */
export interface BusHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** One record as the bus stores it. `offset` < 2^53; `timestampMs` is the record's own timestamp, Unix milliseconds; 0 where that cannot be a time. */
export interface BusRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly BusHeader[];
}

/**
 * Records of one partition, ascending by offset. `from` is the position before the batch, `next` the position after it;
 * `next - from` may exceed `records.length` (transaction markers, compaction).
 */
export interface BusBatch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly records: readonly BusRecord[];
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Key of a position in the maps below. */
export function partitionKey(at: TopicPartition): string {
  return `${at.topic}/${String(at.partition)}`;
}

/**
 * What our own store knows of a partition: the offset it goes on at, and the time of the last record it took before that, null where it does not
 * remember one. By that record the log it has read is told from one that was created anew and has grown past the position.
 */
export interface StoredPosition {
  readonly next: number;
  readonly lastRecordAtMs: number | null;
}

/**
 * Where our own store says each partition goes on. A partition that is absent from the answer was never read: start at the earliest offset.
 * May reject while the store is away; the reader retries.
 */
export interface Positions {
  load(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, StoredPosition>>;
}

/** Thrown by a batch handler when the stored position differs from `batch.from`: nothing was written; the reader loads the position again and seeks. */
export class StalePosition extends Error {
  override readonly name = 'StalePosition';
}

/**
 * What the reader found when it compared positions. It never resets silently: it reports, then goes on as said.
 * `rowsLost`: the group committed further than our store knows (restore, failover); goes on at the store's position. A store that knows nothing
 * of a partition its group has read has lost it too: `stored` is then the earliest offset, where reading begins.
 * `retention`: records between the store's position and the earliest offset are gone; goes on at the earliest.
 * `recreated`: the store's position is beyond the end of the log, or the record before it is not the one the store took; goes on at the earliest.
 * After the last two the next batch starts `from` the stored position all the same, because the store compares it; its records and `next` are the
 * log's, so `next` may be below `from`.
 */
export interface PositionReport extends TopicPartition {
  readonly kind: 'rowsLost' | 'retention' | 'recreated';
  readonly stored: number;
  readonly committed: number | null;
  readonly low: number;
  readonly high: number;
}

/**
 * Called with one batch per partition at a time. Resolving says: stored, go on (the reader then commits `batch.next`).
 * Rejecting says: not stored; the same batch is delivered again after a pause. `signal` aborts when the reader stops or loses the partition.
 */
export type BatchHandler = (batch: BusBatch, signal: AbortSignal) => Promise<void>;

export interface ReaderHealth {
  /** The group is joined, positions are loaded and nothing is draining. */
  readonly joined: boolean;
  /** Milliseconds since the bus was last heard of (heartbeat or fetch); null before the first. */
  readonly lastHeardMsAgo: number | null;
  /** Set when the reader has given up for good; the process should end. */
  readonly fatal: Error | null;
}

export interface BatchReader {
  /** Resolves once joined and positioned; rejects when a topic is missing or `stop()` came first. */
  start(topics: readonly string[], onBatch: BatchHandler): Promise<void>;
  /** No new batch is delivered after the call; resolves when the one in hand has ended. Idempotent. */
  stop(): Promise<void>;
  health(): ReaderHealth;
}

export interface ReaderOptions {
  readonly groupId: string;
  /** Absent: the bus's own committed offsets, earliest when there are none. */
  readonly positions?: Positions;
  readonly onReport?: (report: PositionReport) => void;
  /** Called when the bus has taken the position after a batch. */
  readonly onCommitted?: (at: TopicPartition, next: number) => void;
  /** Partitions handled at the same time. */
  readonly concurrency?: number;
  readonly sessionTimeoutMs?: number;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly BusHeader[];
}

/**
 * Sends in the order given. One send at a time; callers queue.
 * Resolves after every message was acknowledged by all in-sync replicas. It waits as long as the bus is away, up to the signal.
 */
export interface BusWriter {
  /**
   * @throws WriterAbandoned when the signal aborts first: which messages arrived is not known. This writer must then never be used again;
   * get a new one and send the same messages again.
   * @throws RecordTooLarge when one message exceeds the topic's limit; `index` names it. Nothing is known to be sent.
   */
  send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export class WriterAbandoned extends Error {
  override readonly name = 'WriterAbandoned';
}

export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  constructor(
    readonly index: number,
    message: string,
  ) {
    super(message);
  }
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Topic settings in Kafka's own names, e.g. `cleanup.policy`. An adapter without the capability ignores them. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** Earliest offset still stored. */
  readonly low: number;
  /** Offset the next record will get. */
  readonly high: number;
}

export interface BusAdmin {
  /** Creates what is missing, leaves the rest as it is. Answers the names it created. */
  createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]>;
  listTopics(): Promise<readonly string[]>;
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Per partition the first offset whose timestamp is at or after `timestampMs`; the end when there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<readonly { partition: number; offset: number }[]>;
  /** The group's committed offset per partition; null where it has none. */
  committed(groupId: string, topic: string): Promise<readonly { partition: number; offset: number | null }[]>;
  close(): Promise<void>;
}

/** Offsets `[from, to)` of one partition. */
export interface ScanRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What an adapter can and cannot do; the contract suite prints a skip for each `false`. */
export interface BusCapabilities {
  readonly compaction: boolean;
  readonly retention: boolean;
  readonly transactionMarkers: boolean;
  readonly recordSizeLimit: boolean;
}

/** One connection to one bus. `id` names the cluster; it is stored with every request as part of its origin. */
export interface Bus {
  readonly kind: 'kafka' | 'embedded';
  readonly capabilities: BusCapabilities;
  id(): Promise<string>;
  reader(options: ReaderOptions): BatchReader;
  writer(): Promise<BusWriter>;
  admin(): Promise<BusAdmin>;
  /**
   * Reads each range exactly once, in the order of offsets within a partition, beside every group: nothing is joined and nothing committed. The
   * consumer sets the pace; one batch is held at a time.
   *
   * A range is cut to what the partition holds when it begins: it starts at the earliest offset and ends where the log ends then, or before a
   * transaction that is still open. The batches of a partition follow each other without a hole and reach that end, those behind the last record
   * with no records at all; only where retention removes records meanwhile does `from` lie beyond the former `next`.
   * @throws BusError TOPIC_MISSING; BUS_UNREACHABLE when the bus stays away; BUS_FAILED when the log was created anew meanwhile; BATCH_UNREADABLE
   * behind what could be read.
   * Rejects with the signal's reason when it aborts.
   */
  scan(topic: string, ranges: readonly ScanRange[], signal: AbortSignal): AsyncIterable<BusBatch>;
  close(): Promise<void>;
}
