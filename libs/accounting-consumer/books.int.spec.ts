import { BOOK_NAMES } from '../../test/support/book-names.ts';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { StalePosition, type BusBatch, type BusRecord } from '#libs/bus';
import { linesOf, messagesOf, writeEntry } from '#libs/contracts';
import { createTestDatabase, type TestDatabase } from '#libs/store/testing';
import { Books } from './books.ts';
import { AccountingDatabase } from './database.ts';
import { readStatement } from './statement.ts';

const TOPICS = { results: 'r', status: 's' };
const RUNS = 40;
const PARTITIONS = 2;

/** Results of refund `no` of the account: a completion, and a reversal where asked for. */
function eventsOf(no: number, cents: number, isReversed: boolean): readonly Omit<BusRecord, 'offset'>[] {
  const refundId = `rf_${String(no)}`;
  const facts = {
    refundId,
    provider: 'razorpay',
    account: `a${String(no % 3)}`,
    mode: no % 4 === 0 ? ('test' as const) : ('live' as const),
    paymentId: `pay_${String(no % 5)}`,
    amount: new Decimal(cents).div(100).toFixed(2),
    currency: no % 2 === 0 ? 'INR' : 'USD',
    orderId: null,
    requestEventId: 'e',
    freeText: '',
    freeDigest: '',
  };
  return (isReversed ? (['completed', 'reversed'] as const) : (['completed'] as const)).map(
    (state, index) => {
      const occurredAt = new Date(1_770_000_000_000 + index).toISOString();
      const entry = writeEntry(facts, {
        sequence: index + 2,
        occurredAt,
        state,
        attempts: 1,
        providerRefundId: null,
        failure: null,
        action: 'refund',
        references: {},
        remaining: null,
        lines: linesOf(facts, state, BOOK_NAMES),
        reverses: `${refundId}.2`,
      });
      const { paymentId } = facts;
      const stored = { refundId, paymentId, occurredAt, traceparent: null, ...entry, format: 1 } as const;
      const [message] = messagesOf(stored, TOPICS);
      if (message === undefined) throw new Error('a result was written');
      return { ...message, timestampMs: 0 };
    },
  );
}

/** What a run delivers: which event, on which partition, and whether the batch ends behind it. */
interface Delivery {
  readonly event: number;
  readonly partition: number;
  readonly endsBatch: boolean;
}

const refunds = fc.array(
  fc.record({ cents: fc.integer({ min: 1, max: 999_999 }), isReversed: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 12,
  },
);
const deliveries = fc.array(
  fc.record({
    event: fc.nat(1000),
    partition: fc.nat(PARTITIONS - 1),
    endsBatch: fc.boolean(),
  }),
  { maxLength: 60 },
);

function batchesOf(
  events: readonly Omit<BusRecord, 'offset'>[],
  extra: readonly Delivery[],
): readonly BusBatch[] {
  // Every event comes at least once; the rest are duplicates, in any order and on any partition.
  const all: Delivery[] = [
    ...extra.map((one) => ({ ...one, event: one.event % events.length })),
    ...events.map((_, event) => ({ event, partition: event % PARTITIONS, endsBatch: event % 3 === 0 })),
  ];
  const next = Array.from({ length: PARTITIONS }, () => 0);
  const open = new Map<number, BusRecord[]>();
  const batches: BusBatch[] = [];
  const close = (partition: number): void => {
    const records = open.get(partition) ?? [];
    open.delete(partition);
    const from = next[partition] ?? 0;
    const end = (records.at(-1)?.offset ?? from - 1) + 1;
    if (records.length > 0) batches.push({ topic: 'r', partition, from, next: end, records });
    next[partition] = end;
  };
  for (const { event, partition, endsBatch } of all) {
    const records = open.get(partition) ?? [];
    const offset = (records.at(-1)?.offset ?? (next[partition] ?? 0) - 1) + 1;
    const record = events[event];
    if (record !== undefined) open.set(partition, [...records, { ...record, offset }]);
    if (endsBatch) close(partition);
  }
  for (let partition = 0; partition < PARTITIONS; partition += 1) close(partition);
  return batches;
}

describe('the books', () => {
  let database: TestDatabase;
  let accounting: AccountingDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    accounting = new AccountingDatabase(database.url, () => undefined);
  });
  afterAll(async () => {
    await accounting.close();
    await database.drop();
  });

  it('hold the sum of the lines of all events, each once, under any repetition, order and interruption', async () => {
    let consumers = 0;
    await fc.assert(
      fc.asyncProperty(refunds, deliveries, async (asked, extra) => {
        consumers += 1;
        const events = asked.flatMap(({ cents, isReversed }, no) => eventsOf(no, cents, isReversed));
        const consumerNo = await accounting.register(`run-${String(consumers)}`);
        const options = { consumerNo, cluster: 'c', acknowledge: true };
        // Two processes of one consumer: each batch reaches one of them, or one after the other.
        const processes = [0, 1].map(() => new Books(accounting, options, () => undefined));
        for (const process of processes) await process.load();
        for (const [index, batch] of batchesOf(events, extra).entries()) {
          const [first, second] = index % 2 === 0 ? processes : processes.toReversed();
          await second?.load();
          await second?.take(batch);
          await expect(first?.take(batch)).rejects.toThrow(StalePosition);
          await first?.load();
        }
        const statement = await readStatement(accounting, consumerNo);
        const byAccount = new Map<string, Decimal>();
        for (const event of events)
          for (const line of linesIn(event)) {
            const key = `${line.account} ${line.currency}`;
            byAccount.set(
              key,
              (byAccount.get(key) ?? new Decimal(0)).plus(line.debit ?? 0).minus(line.credit ?? 0),
            );
          }
        expect(
          new Map(statement.balances.map((one) => [`${one.account} ${one.currency}`, Number(one.balance)])),
        ).toEqual(new Map([...byAccount].map(([key, sum]) => [key, sum.toNumber()])));
        expect(statement).toMatchObject({
          results: events.length,
          suspects: {},
          reversalsAlone: [],
          unacknowledged: events.length,
        });
      }),
      { numRuns: RUNS },
    );
    const rows = await accounting.rows<{ differ: string }>(
      `select count(*) as differ from accounting.balance b join (
         select consumer_no, account, currency, sum(debit) as debit, sum(credit) as credit, count(*) as entries
         from accounting.entry group by 1, 2, 3) e using (consumer_no, account, currency)
       where (b.debit, b.credit, b.entries) is distinct from (e.debit, e.credit, e.entries)`,
      [],
    );
    expect(rows).toEqual([{ differ: '0' }]);
  });

  it('refuse a database that a newer release has changed', async () => {
    await accounting.register('first');
    await accounting.rows('insert into accounting.schema_version (version) values (99)', []);
    await expect(accounting.register('first')).rejects.toMatchObject({ code: 'ACCOUNTING_SCHEMA_TOO_NEW' });
    await accounting.rows('delete from accounting.schema_version where version = 99', []);
  });

  it('are created once by processes that start together', async () => {
    const fresh = await createTestDatabase();
    const all = Array.from({ length: 4 }, () => new AccountingDatabase(fresh.url, () => undefined));
    const numbers = await Promise.all(all.map(async (one) => await one.register('accounting')));
    expect(new Set(numbers).size).toBe(1);
    for (const one of all) await one.close();
    await fresh.drop();
  });
});

interface WrittenLine {
  readonly account: string;
  readonly currency: string;
  readonly debit?: string;
  readonly credit?: string;
}

function linesIn({ value }: Omit<BusRecord, 'offset'>): readonly WrittenLine[] {
  return (JSON.parse(value?.toString() ?? '{}') as { readonly lines: readonly WrittenLine[] }).lines;
}
