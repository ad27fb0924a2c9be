import pLimit from 'p-limit';
import type { BusBatch, BusRecord, PositionReport, Positions, StoredPosition } from '#libs/bus';
import { StalePosition, partitionKey } from '#libs/bus';
import { DEAD_LETTERS, readRequest, type Incoming } from '#libs/contracts';
import type { AcceptBatch, AcceptRow, AcceptVerdicts, DeadLetterRow, IntakeStore, Origin } from '#libs/store';
import type { Watch } from '../watch.ts';
import { deadLetterRow } from './dead-letter-row.ts';
import { isRefusedContent } from './refused-content.ts';
import { requestRow, type RequestAccounts, type RequestRowOptions } from './request-row.ts';

export interface IntakeOptions extends RequestRowOptions {
  readonly groupId: string;
  readonly cluster: string;
  /** A request larger than this is a dead letter; it is not parsed. */
  readonly payloadBytesMax: number;
}

/** One statement takes this many records. More gains little, and everything else in the process waits while they are read. */
const RECORDS_MAX = 200;
/** … and this many bytes of values. */
const BYTES_MAX = 4 * 1024 * 1024;
/**
 * Parts between reading and their answer, of all partitions together: as many as the store has connections for. A backlog of twelve partitions would be
 * read at once otherwise, and no refund would get on meanwhile.
 */
const PARTS_AT_ONCE = 2;
/** Rounds until every row has its verdict; each needs another session to have written the same refundId in between. */
const ROUNDS_MAX = 50;

interface Draft {
  readonly record: BusRecord;
  readonly row: AcceptRow;
  /** The code of its rejection; null when it is accepted. */
  readonly rejectedAs: string | null;
  readonly holdsCard: boolean;
}

/** Reads batches of requests and stores them, with the partition's next offset, in one statement each. It never calls a provider. */
export class Intake implements Positions {
  /**
   * Below this offset a partition is read again after a restore: its requests may have been sent before. It is stored with the position, because
   * the group commits less again with the first batch: whoever goes on after a restart or a rebalance could not see the loss any more.
   */
  private readonly recoverBelow = new Map<string, number>();

  /** What was reported: rows were lost, and what waits to be sent is not yet marked for it. */
  private mayBePaid: Readonly<Record<string, unknown>> | null = null;
  private marking: Promise<void> | null = null;
  private readonly inTurn = pLimit(PARTS_AT_ONCE);

  constructor(
    private readonly store: IntakeStore,
    private readonly accounts: RequestAccounts,
    private readonly options: IntakeOptions,
    private readonly watch: Watch,
    private readonly onAccepted: () => void,
  ) {}

  async load(): Promise<ReadonlyMap<string, StoredPosition>> {
    const stored = await this.store.positions(this.options.groupId, this.options.cluster);
    for (const position of stored)
      if (position.recoverBelow !== null) this.recover(partitionKey(position), position.recoverBelow);
    return new Map(stored.map((position) => [partitionKey(position), position]));
  }

  /** What the bus found when it compared positions. Nothing is reset silently. */
  report(report: PositionReport): void {
    this.watch.log('error', MEANING[report.kind], { ...report });
    if (report.kind === 'rowsLost' && report.committed !== null)
      this.recover(partitionKey(report), report.committed);
    if (report.kind !== 'rowsLost') return;
    this.mayBePaid = { ...report };
    // At once, because executors do not wait for it; where it fails, the next batch cannot be stored without it.
    this.markWaiting().catch(() => undefined);
  }

  /** Refunds that were waiting when the lost rows began may have been paid since, without any of their requests being read again. */
  private async markWaiting(): Promise<void> {
    this.marking ??= this.store.lookFirst('intake', this.mayBePaid ?? {}).then((payments) => {
      this.mayBePaid = null;
      this.watch.log('warn', 'refunds that wait are looked up before they are sent: rows were lost', {
        payments,
      });
    });
    try {
      await this.marking;
    } finally {
      this.marking = null;
    }
  }

  private recover(partition: string, below: number): void {
    this.recoverBelow.set(partition, Math.max(below, this.recoverBelow.get(partition) ?? 0));
  }

  /** Stores one batch. Resolves when all of it is durable; rejects when none or only a part is, and the batch must come again. */
  async take(batch: BusBatch): Promise<void> {
    if (this.mayBePaid !== null) await this.markWaiting();
    this.watch.requests(batch.records.length);
    await this.watch.step('intake.read');
    let from = batch.from;
    for (const records of parts(batch.records)) {
      const isLast = records.at(-1) === batch.records.at(-1);
      const next = isLast ? batch.next : (records.at(-1)?.offset ?? from) + 1;
      const first = from;
      await this.inTurn(async () => {
        await this.takeRange(batch, records, first, next);
      });
      from = next;
    }
    await this.watch.step('intake.written');
  }

  /** A part that the database refuses for its content is halved until the record at fault stands alone; that one becomes a dead letter. */
  private async takeRange(
    batch: BusBatch,
    records: readonly BusRecord[],
    from: number,
    next: number,
  ): Promise<void> {
    try {
      await this.takePart(batch, records, from, next);
    } catch (error) {
      const [record, ...others] = records;
      if (record === undefined || !isRefusedContent(error)) throw error;
      if (others.length === 0) {
        await this.refuse(batch, record, from, next, error);
        return;
      }
      const middle = records.length >> 1;
      const at = (records[middle - 1]?.offset ?? from) + 1;
      await this.takeRange(batch, records.slice(0, middle), from, at);
      await this.takeRange(batch, records.slice(middle), at, next);
    }
  }

  private async refuse(
    batch: BusBatch,
    record: BusRecord,
    from: number,
    next: number,
    error: unknown,
  ): Promise<void> {
    this.watch.deadLetter('STORE_REFUSED');
    this.watch.log('error', 'the database refused a request; it is a dead letter now', {
      ...this.originOf(batch, record),
      error: String(error),
    });
    const incoming = this.read(record);
    const row = deadLetterRow(
      this.originOf(batch, record),
      record,
      { code: 'STORE_REFUSED', message: DEAD_LETTERS.STORE_REFUSED },
      incoming.kind === 'request' && incoming.request.redacted,
    );
    const answer = await this.store.accept(this.batchOf(batch, [record], from, next, [], [row]));
    if (answer.stale) throw new StalePosition(`position of ${partitionKey(batch)} is not ${String(from)}`);
  }

  private async takePart(
    batch: BusBatch,
    records: readonly BusRecord[],
    from: number,
    next: number,
  ): Promise<void> {
    const { drafts, deadLetters, count } = this.draft(batch, records);
    if (count === records.length) {
      await this.write(batch, records, from, next, drafts, deadLetters);
      return;
    }
    const at = (records[count - 1]?.offset ?? from) + 1;
    await this.write(batch, records.slice(0, count), from, at, drafts, deadLetters);
    await this.takePart(batch, records.slice(count), at, next);
  }

  private async write(
    batch: BusBatch,
    records: readonly BusRecord[],
    from: number,
    next: number,
    drafts: readonly Draft[],
    deadLetters: readonly DeadLetterRow[],
  ): Promise<void> {
    let pending = drafts;
    let dead = deadLetters;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const answer = await this.store.accept(this.batchOf(batch, records, from, next, pending, dead));
      if (answer.stale) throw new StalePosition(`position of ${partitionKey(batch)} is not ${String(from)}`);
      this.onAccepted();
      this.count(pending, answer);
      if (answer.moved) return;
      const of = (wanted: string): readonly Draft[] =>
        answer.verdicts
          .filter(({ verdict }) => verdict === wanted)
          .flatMap(({ index }) => pending[index] ?? []);
      dead = of('conflict').map((draft) => this.conflict(batch, draft.record, draft.holdsCard));
      pending = of('again');
    }
    throw new Error(`no verdict for every row of ${partitionKey(batch)} from ${String(from)}`);
  }

  /** Only what was inserted is rejected; a repeated rejection is a duplicate, a contradicting one a dead letter. */
  private count(drafts: readonly Draft[], { verdicts }: AcceptVerdicts): void {
    const known = new Set(verdicts.map(({ index }) => index));
    for (const { verdict } of verdicts) if (verdict === 'duplicate') this.watch.duplicate();
    for (const [index, { rejectedAs }] of drafts.entries())
      if (rejectedAs !== null && !known.has(index)) this.watch.rejected(rejectedAs);
  }

  /**
   * Parses and judges each record on its own, up to the first that has another content than an earlier one of its refundId. Which of the two is known
   * already, only the store can tell, and only when the earlier one is written: taken together, a repetition behind a contradiction would be laid aside.
   */
  private draft(
    batch: BusBatch,
    records: readonly BusRecord[],
  ): { drafts: Draft[]; deadLetters: DeadLetterRow[]; count: number } {
    const drafts = new Map<string, Draft>();
    const deadLetters: DeadLetterRow[] = [];
    for (const [count, record] of records.entries()) {
      const origin = this.originOf(batch, record);
      const incoming = this.read(record);
      if (incoming.kind === 'deadLetter') {
        this.watch.deadLetter(incoming.code);
        deadLetters.push(deadLetterRow(origin, record, incoming));
        continue;
      }
      const { request } = incoming;
      const first = drafts.get(request.refundId);
      if (first === undefined) {
        const recovering = record.offset < (this.recoverBelow.get(partitionKey(batch)) ?? 0);
        const judged = requestRow(request, record, origin, this.accounts, { ...this.options, recovering });
        drafts.set(request.refundId, { record, holdsCard: request.redacted, ...judged });
      } else if (first.row.fingerprint.equals(request.fingerprint)) this.watch.duplicate();
      else return { drafts: [...drafts.values()], deadLetters, count };
    }
    return { drafts: [...drafts.values()], deadLetters, count: records.length };
  }

  private read(record: BusRecord): Incoming {
    return readRequest(record, { payloadBytesMax: this.options.payloadBytesMax });
  }

  private conflict(batch: BusBatch, record: BusRecord, holdsCard: boolean): DeadLetterRow {
    this.watch.deadLetter('CONFLICTING_DUPLICATE');
    const reason = {
      code: 'CONFLICTING_DUPLICATE',
      message: 'this refundId is already known with another content; the first refund is untouched',
    };
    return deadLetterRow(this.originOf(batch, record), record, reason, holdsCard);
  }

  private originOf(batch: BusBatch, record: BusRecord): Origin {
    const { topic, partition } = batch;
    return {
      cluster: this.options.cluster,
      topic,
      partition,
      offset: record.offset,
      recordAtMs: record.timestampMs,
    };
  }

  private batchOf(
    batch: BusBatch,
    records: readonly BusRecord[],
    from: number,
    next: number,
    drafts: readonly Draft[],
    deadLetters: readonly DeadLetterRow[],
  ): AcceptBatch {
    const { groupId, cluster } = this.options;
    const { topic, partition } = batch;
    const lastRecordAtMs = records.at(-1)?.timestampMs ?? null;
    return {
      groupId,
      cluster,
      topic,
      partition,
      from,
      next,
      lastRecordAtMs,
      recoverBelow: this.recoverBelow.get(partitionKey(batch)) ?? null,
      requests: drafts.map((draft) => draft.row),
      deadLetters,
    };
  }
}

const MEANING = {
  rowsLost:
    'the group has committed further than the store knows: rows were lost. Requests up to there are looked up at the provider before anything is sent',
  retention:
    'records between the stored position and the earliest offset are gone: requests may be missing. Reading goes on at the earliest',
  recreated:
    'the log is not the one that was read up to the stored position: the topic was re-created or truncated. Reading goes on at the earliest',
} as const;

/** Records in parts bounded by count and bytes; an empty batch still moves the position. */
function* parts(records: readonly BusRecord[]): Generator<readonly BusRecord[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at += 1) {
    const size = records[at]?.value?.length ?? 0;
    if (at > start && (at - start >= RECORDS_MAX || bytes + size > BYTES_MAX)) {
      yield records.slice(start, at);
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  yield records.slice(start);
}
