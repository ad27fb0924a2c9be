import type { Bus, BusBatch, BusRecord } from '#libs/bus';
import { messagesOf, type OutgoingRecord, type StoredEntry } from '#libs/contracts';
import type { Database, EventFilter, FoldedEvent, PublishedKind, StaleSnapshot } from '#libs/store';
import { PublishedFold } from '#libs/store';
import { isAbout, eventId, sameBytes } from './published-record.ts';
import { Samples } from './samples.ts';
import { partOf, sizeOf, type Span, type TopicPart } from './span.ts';

export interface ResultFinding {
  /** `ce_id`, or the refundId of a stale snapshot; null where the record has none. */
  readonly id: string | null;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly text: string | null;
}

const KINDS = ['equal', 'missing', 'extra', 'different', 'outOfOrder', 'duplicated', 'stale'] as const;

/**
 * `missing`: a published result that is not on its topic. `extra`: a record of no journal entry. `different`: other bytes, key or headers than the journal
 * makes. `outOfOrder`: first seen behind a later one of its refund. `duplicated`: seen before, with the same id; the contract allows it. `stale`: the
 * newest snapshot of a refund is not its current one.
 */
export type ResultKind = (typeof KINDS)[number];

export interface ResultReplay {
  readonly bus: Bus;
  readonly database: Database;
  readonly topics: { readonly results: string; readonly status: string };
  /** Without them the status topic is not looked at. */
  readonly statusEvents: boolean;
  readonly span: Span;
  readonly filter: Pick<EventFilter, 'provider' | 'account' | 'payment' | 'refund'>;
  readonly samplesMax: number;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
  /** Every stale snapshot, page by page, before the session ends. */
  onStale?(snapshots: readonly StaleSnapshot[]): Promise<void>;
}

export interface ResultReplayReport {
  readonly records: Readonly<Record<PublishedKind, number>>;
  readonly counts: Readonly<Record<ResultKind, number>>;
  readonly findings: Readonly<Partial<Record<ResultKind, readonly ResultFinding[]>>>;
  /** Entries that the relay has not published yet: no difference. */
  readonly inProgress: number;
  /** False where only a part of the topics was read: then nobody can say what is missing or stale. */
  readonly complete: boolean;
  readonly gone: Readonly<Record<PublishedKind, TopicPart['gone']>>;
  /** Results of the journal from before the results topic begins by now: not seen, and not called missing. */
  readonly notSeen: number;
}

/** How much a machine's clock may be behind another's: records are found by their time, and entries carry the database's. */
const CLOCKS_APART_MS = 600_000;
const PAGE = 500;

/** Folds what was published and compares it with the journal, record by record and then the other way round. It changes nothing. */
export async function replayResults(replay: ResultReplay): Promise<ResultReplayReport> {
  const folding = new Folding(replay, await PublishedFold.open(replay.database));
  try {
    return await folding.run();
  } finally {
    folding.close();
  }
}

/** Duplicates are allowed; what lies before the topic's beginning is no difference either. */
export function resultsDiffer({ counts }: ResultReplayReport): boolean {
  const { missing, extra, different, outOfOrder, stale } = counts;
  return missing + extra + different + outOfOrder + stale > 0;
}

class Folding {
  private readonly samples: Samples<ResultKind, ResultFinding>;
  private readonly records = { result: 0, status: 0 };
  private done = 0;
  private total = 0;

  constructor(
    private readonly replay: ResultReplay,
    private readonly fold: PublishedFold,
  ) {
    this.samples = new Samples(KINDS, replay.samplesMax);
  }

  close(): void {
    this.fold.close();
  }

  async run(): Promise<ResultReplayReport> {
    const { bus, topics, statusEvents, span } = this.replay;
    const complete = span.by === 'time';
    const nothing: TopicPart = { ranges: [], gone: [] };
    const results = await partOf(bus, topics.results, widened(span));
    // Offsets mean the results topic: those of the other are not the same records.
    const hasStatus = statusEvents && complete;
    const status = hasStatus ? await partOf(bus, topics.status, widened(span)) : nothing;
    this.total = sizeOf(results.ranges) + sizeOf(status.ranges);
    const begins = await this.read('result', topics.results, results);
    await this.read('status', topics.status, status);
    const inProgress = await this.fold.inProgress();
    const notSeen = complete ? await this.compare(results, status, begins) : 0;
    return {
      records: this.records,
      counts: this.samples.counts,
      findings: this.samples.items,
      inProgress,
      complete,
      gone: { result: results.gone, status: status.gone },
      notSeen,
    };
  }

  /** Answers the time of the latest first record among the partitions whose beginning is gone; null where none is. */
  private async read(kind: PublishedKind, topic: string, part: TopicPart): Promise<number | null> {
    const begins = new Map<number, number>();
    for await (const batch of this.replay.bus.scan(topic, part.ranges, this.replay.signal)) {
      const [first] = batch.records;
      if (first !== undefined && !begins.has(batch.partition)) begins.set(batch.partition, first.timestampMs);
      await this.take(kind, batch);
      this.done += batch.next - batch.from;
      this.replay.onProgress(this.done, this.total);
    }
    // Of a partition that holds nothing any more all is gone, up to now.
    const times = part.gone.map(({ partition }) => begins.get(partition) ?? Date.now());
    return times.length === 0 ? null : Math.max(...times);
  }

  private async take(kind: PublishedKind, batch: BusBatch): Promise<void> {
    const named = batch.records.map((record) => ({ record, id: eventId(record) }));
    const readable = named.flatMap(({ record, id }) => (id === null ? [] : [{ record, id }]));
    const folded = await this.fold.take(
      kind,
      readable.map(({ id }) => id),
    );
    /** Of the batch itself the fold knows nothing yet. */
    const own = new Map<string, { readonly seen: Set<number>; highest: number }>();
    let index = 0;
    for (const { record, id } of named) {
      const found = id === null ? undefined : folded[index];
      if (id !== null) index += 1;
      if (found === undefined || id === null || found.entry === null) {
        if (isAbout(record, this.replay.filter)) this.note('extra', kind, batch, record);
        continue;
      }
      const before = own.get(id.refundId) ?? { seen: new Set<number>(), highest: found.highest };
      own.set(id.refundId, before);
      if (isAbout(record, this.replay.filter)) this.judge(kind, batch, record, found, before);
      before.seen.add(id.sequence);
      before.highest = Math.max(before.highest, id.sequence);
    }
  }

  private judge(
    kind: PublishedKind,
    batch: BusBatch,
    record: BusRecord,
    { entry, repeated }: FoldedEvent,
    before: { readonly seen: ReadonlySet<number>; readonly highest: number },
  ): void {
    if (entry === null) return;
    const isSame = sameBytes(record, this.expected(entry));
    if (!isSame) this.note('different', kind, batch, record);
    if (repeated || before.seen.has(entry.sequence)) this.note('duplicated', kind, batch, record);
    else if (entry.sequence < before.highest) this.note('outOfOrder', kind, batch, record);
    else if (isSame) this.samples.counts.equal += 1;
    this.records[kind] += 1;
  }

  private expected(entry: NonNullable<FoldedEvent['entry']>): OutgoingRecord | undefined {
    const stored: StoredEntry = {
      ...entry,
      occurredAt: new Date(entry.occurredAtMs).toISOString(),
      resultType: entry.resultType as StoredEntry['resultType'],
      format: 1,
    };
    return messagesOf(stored, this.replay.topics)[0];
  }

  private note(kind: ResultKind, of: PublishedKind, batch: BusBatch, record: BusRecord): void {
    const id = eventId(record);
    this.samples.add(kind, {
      id: id === null ? null : `${id.refundId}.${String(id.sequence)}`,
      topic: this.topicOf(of),
      partition: batch.partition,
      offset: record.offset,
      text: null,
    });
    if (kind === 'extra') this.records[of] += 1;
  }

  private topicOf(kind: PublishedKind): string {
    return kind === 'result' ? this.replay.topics.results : this.replay.topics.status;
  }

  /**
   * The other way round. What should be there is noted at one moment: an entry that the outbox does not hold any more was acknowledged before it.
   * So it lies before the ends of the topics as they are after it, which are read then.
   */
  private async compare(results: TopicPart, status: TopicPart, begins: number | null): Promise<number> {
    const filter = this.timed(begins);
    await this.fold.suspect(filter, this.replay.statusEvents);
    await this.readOn('result', results);
    if (this.replay.statusEvents) await this.readOn('status', status);
    const { absent, stale } = await this.fold.confirm();
    const { samplesMax } = this.replay;
    const nowhere = { partition: null, offset: null };
    const missing = (await this.fold.absent(samplesMax)).map(({ refundId, sequence }) => ({
      ...nowhere,
      id: `${refundId}.${String(sequence)}`,
      topic: this.replay.topics.results,
      text: null,
    }));
    this.samples.addAll('missing', absent, missing);
    await this.showStale(stale);
    return begins === null ? 0 : await this.fold.resultsBefore(this.timed(null), begins);
  }

  private async readOn(kind: PublishedKind, { ranges }: TopicPart): Promise<void> {
    const topic = this.topicOf(kind);
    const now = await partOf(this.replay.bus, topic, { by: 'time', from: null, to: null });
    const rest = now.ranges.map(({ partition, from, to }) => ({
      partition,
      from: Math.max(from, ranges.find((one) => one.partition === partition)?.to ?? from),
      to,
    }));
    this.total += sizeOf(rest);
    await this.read(kind, topic, { ranges: rest, gone: [] });
  }

  private async showStale(count: number): Promise<void> {
    const shown: ResultFinding[] = [];
    for (let page = await this.fold.stale(PAGE); ;) {
      const last = page.at(-1);
      if (last === undefined) break;
      for (const one of page)
        if (shown.length < this.replay.samplesMax) shown.push(staleFinding(one, this.replay.topics.status));
      await this.replay.onStale?.(page);
      page = await this.fold.stale(PAGE, last);
    }
    this.samples.addAll('stale', count, shown);
  }

  private timed(begins: number | null): EventFilter {
    const { span, filter } = this.replay;
    const from = span.by === 'time' ? span.from : null;
    const to = span.by === 'time' ? span.to : null;
    const fromMs = begins === null ? from : Math.max(begins, from ?? begins);
    return { ...filter, ...(fromMs === null ? {} : { fromMs }), ...(to === null ? {} : { toMs: to }) };
  }
}

/** Entries of a time lie on the topic from then on, and may be published any time later. */
function widened(span: Span): Span {
  if (span.by === 'offset') return span;
  return { by: 'time', from: span.from === null ? null : span.from - CLOCKS_APART_MS, to: null };
}

function staleFinding({ refundId, current, newest }: StaleSnapshot, topic: string): ResultFinding {
  const there = newest === null ? 'none is there' : `the newest there is ${String(newest)}`;
  return {
    id: refundId,
    topic,
    partition: null,
    offset: null,
    text: `current is ${String(current)}, ${there}`,
  };
}
