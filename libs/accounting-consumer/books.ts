import type { PoolClient } from 'pg';
import {
  partitionKey,
  StalePosition,
  type BusBatch,
  type BusLog,
  type BusRecord,
  type Positions,
  type StoredPosition,
} from '#libs/bus';
import { encodeHeaders } from '#libs/contracts';
import type { AccountingDatabase } from './database.ts';
import { readResult, suspect } from './read-result.ts';
import { saysTheSame, type Reading, type Result, type Suspicion } from './result.ts';
import { ACKNOWLEDGE, ADD, APPLY, ENTER, KNOWN, MOVE_POSITION, SUSPECT } from './statements.ts';

export interface BooksOptions {
  readonly consumerNo: number;
  /** The bus's id: offsets of another cluster are other offsets. */
  readonly cluster: string;
  /** Whether what is taken is to be acknowledged on the bus. */
  readonly acknowledge: boolean;
}

/** What this process has done since it started. */
export interface Taken {
  readonly applied: number;
  readonly duplicates: number;
  readonly suspects: number;
  /** Reversals that came before the completion they take back. */
  readonly ahead: number;
}

interface ReadRecord {
  readonly record: BusRecord;
  readonly reading: Reading;
}

/** A result with the record it stands in. */
interface Candidate {
  readonly record: BusRecord;
  readonly result: Result;
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly next: number;
}

/**
 * The books of one consumer. A batch, its entries, its balances, its acknowledgements and the partition's next offset are one transaction:
 * killed anywhere, all of it is there or nothing.
 */
export class Books implements Positions {
  /** Partitions that have a stored position, as far as this process knows. */
  private readonly placed = new Set<string>();
  private sums: Taken = { applied: 0, duplicates: 0, suspects: 0, ahead: 0 };

  constructor(
    private readonly database: AccountingDatabase,
    private readonly options: BooksOptions,
    private readonly log: BusLog,
  ) {}

  get taken(): Taken {
    return this.sums;
  }

  /** The books do not keep the times of records. */
  async load(): Promise<ReadonlyMap<string, StoredPosition>> {
    const rows = await this.database.rows<{ topic: string; partition: number; next_offset: string }>(
      'select topic, partition, next_offset from accounting.position where consumer_no = $1 and cluster = $2',
      [this.options.consumerNo, this.options.cluster],
    );
    this.placed.clear();
    for (const row of rows) this.placed.add(partitionKey(row));
    return new Map(
      rows.map((row) => [partitionKey(row), { next: Number(row.next_offset), lastRecordAtMs: null }]),
    );
  }

  /**
   * Takes one batch. Resolves when all of it is durable; rejects when it must come again.
   * @throws StalePosition when another process has moved the partition; nothing was written.
   */
  async take(batch: BusBatch): Promise<void> {
    const { topic, partition, from, next } = batch;
    const read = batch.records.map((record) => ({ record, reading: readResult(record) }));
    await this.takeRange({ topic, partition, from, next }, read);
  }

  /** What the database refuses for its content is halved until the record at fault stands alone; that one is kept aside. */
  private async takeRange(range: Range, read: readonly ReadRecord[]): Promise<void> {
    try {
      await this.commit(range, read);
    } catch (error) {
      const [first] = read;
      if (first === undefined || !isRefusedContent(error)) throw error;
      if (read.length === 1) {
        if (first.reading.kind === 'suspect') throw error;
        const reading = suspect('STORE_REFUSED', 'the database refuses its content');
        await this.commit(range, [{ record: first.record, reading }]);
        return;
      }
      const middle = read.length >> 1;
      const at = (read[middle - 1]?.record.offset ?? range.from) + 1;
      await this.takeRange({ ...range, next: at }, read.slice(0, middle));
      await this.takeRange({ ...range, from: at }, read.slice(middle));
    }
  }

  private async commit(range: Range, read: readonly ReadRecord[]): Promise<void> {
    const { consumerNo, cluster } = this.options;
    const { topic, partition, from, next } = range;
    const isFirst = !this.placed.has(partitionKey(range));
    const judged = await this.database.transaction(async (client) => {
      const to = [consumerNo, cluster, topic, partition, from, next, isFirst];
      const moved = await client.query(MOVE_POSITION, to);
      if (moved.rowCount === 0)
        throw new StalePosition(`position of ${partitionKey(range)} is not ${String(from)}`);
      return await this.write(client, range, read);
    });
    this.placed.add(partitionKey(range));
    this.tell(range, judged);
  }

  private async write(client: PoolClient, range: Range, read: readonly ReadRecord[]): Promise<Judged> {
    const candidates = read.flatMap(({ record, reading }) =>
      reading.kind === 'result' ? [{ record, result: reading.result }] : [],
    );
    const groups = Map.groupBy(candidates, ({ result }) => result.ceId);
    const firsts = [...groups.values()].flatMap(([first]) => first ?? []);
    const fresh = await this.apply(client, range, firsts);
    const known = await this.known(
      client,
      [...groups.keys()].filter((ceId) => !fresh.has(ceId)),
    );
    const judged = judge(read, groups, fresh, known);
    await this.enter(
      client,
      firsts.filter(({ result }) => fresh.has(result.ceId)),
    );
    await this.keepSuspects(client, range, judged.suspects);
    if (this.options.acknowledge) await this.acknowledge(client, judged.acknowledged);
    return judged;
  }

  /** Answers which results are new, and whether each came before the completion it takes back. */
  private async apply(
    client: PoolClient,
    { topic, partition }: Range,
    firsts: readonly Candidate[],
  ): Promise<ReadonlyMap<string, boolean>> {
    if (firsts.length === 0) return new Map();
    const column = <Value>(of: (result: Result) => Value): Value[] => firsts.map(({ result }) => of(result));
    const { rows } = await client.query<{ ce_id: string; ahead: boolean }>(APPLY, [
      this.options.consumerNo,
      column(({ ceId }) => ceId),
      column(({ type }) => type),
      column(({ refundId }) => refundId),
      column(({ paymentId }) => paymentId),
      column(({ sequence }) => sequence),
      column(({ digest }) => digest),
      column(({ coreDigest }) => coreDigest),
      column(({ reverses }) => reverses),
      topic,
      partition,
      firsts.map(({ record }) => record.offset),
    ]);
    return new Map(rows.map((row) => [row.ce_id, row.ahead]));
  }

  private async known(
    client: PoolClient,
    ceIds: readonly string[],
  ): Promise<ReadonlyMap<string, Pick<Result, 'digest' | 'coreDigest'>>> {
    if (ceIds.length === 0) return new Map();
    const { rows } = await client.query<{ ce_id: string; digest: Buffer; core_digest: Buffer }>(KNOWN, [
      this.options.consumerNo,
      ceIds,
    ]);
    return new Map(rows.map((row) => [row.ce_id, { digest: row.digest, coreDigest: row.core_digest }]));
  }

  private async enter(client: PoolClient, fresh: readonly Candidate[]): Promise<void> {
    const lines = fresh.flatMap(({ result }) =>
      result.lines.map((line, index) => ({ ...line, ceId: result.ceId, lineNo: index + 1 })),
    );
    if (lines.length === 0) return;
    const { consumerNo } = this.options;
    const accounts = lines.map(({ account }) => account);
    const currencies = lines.map(({ currency }) => currency);
    const debits = lines.map(({ debit }) => debit);
    const credits = lines.map(({ credit }) => credit);
    const ceIds = lines.map(({ ceId }) => ceId);
    const numbers = lines.map(({ lineNo }) => lineNo);
    await client.query(ENTER, [consumerNo, ceIds, numbers, accounts, currencies, debits, credits]);
    await client.query(ADD, [consumerNo, accounts, currencies, debits, credits]);
  }

  private async keepSuspects(
    client: PoolClient,
    { topic, partition }: Range,
    suspects: readonly Suspect[],
  ): Promise<void> {
    if (suspects.length === 0) return;
    await client.query(SUSPECT, [
      this.options.consumerNo,
      this.options.cluster,
      topic,
      partition,
      suspects.map(({ why }) => why.reason),
      suspects.map(({ why }) => why.detail),
      suspects.map(({ record }) => record.offset),
      suspects.map(({ record }) => record.timestampMs),
      suspects.map(({ record }) => record.key),
      suspects.map(({ record }) => record.value),
      suspects.map(({ record }) => encodeHeaders(record.headers)),
    ]);
  }

  /**
   * A result that is already known is acknowledged again, with the same bytes: whoever delivers it a second time does so because an
   * acknowledgement is missing, and would go on missing it.
   */
  private async acknowledge(client: PoolClient, ceIds: readonly string[]): Promise<void> {
    if (ceIds.length > 0) await client.query(ACKNOWLEDGE, [this.options.consumerNo, ceIds]);
  }

  private tell({ topic, partition }: Range, { applied, duplicates, suspects, ahead }: Judged): void {
    this.sums = {
      applied: this.sums.applied + applied,
      duplicates: this.sums.duplicates + duplicates,
      suspects: this.sums.suspects + suspects.length,
      ahead: this.sums.ahead + ahead.length,
    };
    for (const { record, why } of suspects)
      this.log('error', 'a record of the results did not enter the books; it is kept aside', {
        reason: why.reason,
        detail: why.detail,
        topic,
        partition,
        offset: record.offset,
      });
    for (const ceId of ahead)
      this.log('warn', 'a reversal came before the completion it takes back; it is booked all the same', {
        ceId,
      });
  }
}

interface Suspect {
  readonly record: BusRecord;
  readonly why: Suspicion;
}

interface Judged {
  readonly applied: number;
  readonly duplicates: number;
  readonly suspects: readonly Suspect[];
  readonly ahead: readonly string[];
  /** Results that the books have now, new or known. */
  readonly acknowledged: readonly string[];
}

/** Compares each record with what the books hold under its id: the first of this batch where that was new, what was stored otherwise. */
function judge(
  read: readonly ReadRecord[],
  groups: ReadonlyMap<string, readonly Candidate[]>,
  fresh: ReadonlyMap<string, boolean>,
  known: ReadonlyMap<string, Pick<Result, 'digest' | 'coreDigest'>>,
): Judged {
  const suspects: Suspect[] = read.flatMap(({ record, reading }) =>
    reading.kind === 'suspect' ? [{ record, why: reading }] : [],
  );
  const acknowledged: string[] = [];
  let same = 0;
  for (const [ceId, candidates] of groups) {
    const stored = fresh.has(ceId) ? candidates[0]?.result : known.get(ceId);
    if (stored === undefined) throw new Error(`${ceId} is neither new nor known`);
    const alike = candidates.filter(({ result }) => saysTheSame(result, stored));
    if (alike.length > 0) acknowledged.push(ceId);
    same += alike.length;
    const why = suspect(
      'RESULT_CONTRADICTS',
      'the books hold a result with the same ce_id and other content',
    );
    for (const { record, result } of candidates)
      if (!saysTheSame(result, stored)) suspects.push({ record, why });
  }
  return {
    applied: fresh.size,
    duplicates: same - fresh.size,
    suspects,
    ahead: [...fresh].filter(([, isAhead]) => isAhead).map(([ceId]) => ceId),
    acknowledged,
  };
}

/** Integrity, data and size errors: the same row would be refused for ever. Anything else may pass and is tried again. */
function isRefusedContent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}
