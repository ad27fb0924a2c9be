import { BOOK_NAMES } from '../support/book-names.ts';
import { randomBytes } from 'node:crypto';
import { Decimal } from 'decimal.js';
import { Client } from 'pg';
import {
  startAccounting,
  type AccountingOptions,
  type RunningAccounting,
  type Statement,
} from '#libs/accounting-consumer';
import {
  createEmbeddedBus,
  createKafkaBus,
  type Bus,
  type BusRecord,
  type BusWriter,
  type OutgoingMessage,
} from '#libs/bus';
import { linesOf, messagesOf, writeEntry, type RefundFacts, type ResultType } from '#libs/contracts';
import { createTestDatabase } from '#libs/store/testing';
import { dumpTopic, headerOf } from '../chaos/topic-dump.ts';
import { until } from '../support/until.ts';

type BusKind = 'embedded' | 'kafka';

const BROKERS = process.env['TEST_KAFKA_BROKERS'] ?? '';

/** The buses to test on: Kafka too where there is one, and in CI, where its absence is a failure. */
export const KINDS: readonly BusKind[] =
  BROKERS !== '' || process.env['CI'] === 'true' ? ['embedded', 'kafka'] : ['embedded'];

/** How a refund of the tests ends. */
export type End = 'completed' | 'failed' | 'reversed';

/** Results of one refund, in journal order, as a processor publishes them. */
export function resultsOf(
  refundId: string,
  end: End,
  amount: string,
  { mode = 'live' as 'live' | 'test', account = 'main', currency = 'EUR' } = {},
): readonly OutgoingMessage[] {
  const facts: RefundFacts = {
    refundId,
    provider: 'braintree',
    account,
    mode,
    paymentId: `pay_${refundId}`,
    amount,
    currency,
    orderId: null,
    requestEventId: 'e',
    freeText: '"requestedBy":"orders/ann"',
    freeDigest: '',
  };
  const message = (type: ResultType, sequence: number): OutgoingMessage => {
    const occurredAt = new Date(1_770_000_000_000 + sequence * 1000).toISOString();
    const entry = writeEntry(facts, {
      sequence,
      occurredAt,
      state: STATE[type],
      attempts: 1,
      providerRefundId: `r_${refundId}`,
      failure:
        type === 'RefundFailed'
          ? {
              kind: 'declined',
              code: 'PROVIDER_DECLINED',
              message: 'no',
              actBy: 'nobody',
              mayRequestAgain: false,
            }
          : null,
      action: 'refund',
      references: {},
      remaining: null,
      lines:
        type === 'RefundFailed' ? [] : linesOf(facts, STATE[type] as 'completed' | 'reversed', BOOK_NAMES),
      reverses: type === 'RefundReversed' ? `${refundId}.3` : null,
    });
    const { paymentId } = facts;
    const [result] = messagesOf(
      { refundId, paymentId, occurredAt, traceparent: null, ...entry, format: 1 },
      { results: '', status: '' },
    );
    if (result === undefined) throw new Error('a result was written');
    return result;
  };
  if (end === 'failed') return [message('RefundFailed', 2)];
  // Numbers 1 and 2 are changes that have no result: gaps are normal.
  const completed = message('RefundCompleted', 3);
  return end === 'completed' ? [completed] : [completed, message('RefundReversed', 5)];
}

const STATE = { RefundCompleted: 'completed', RefundFailed: 'failed', RefundReversed: 'reversed' } as const;

export interface BookedBalance {
  readonly account: string;
  readonly currency: string;
  readonly debit: string;
  readonly credit: string;
}

/** The balances that the lines of these events add up to, each event counted once; by another way than the consumer's. */
export function sumOfLines(
  events: readonly Pick<OutgoingMessage, 'value' | 'headers'>[],
): readonly BookedBalance[] {
  const once = new Map(events.map((event) => [ceIdOf(event), event.value?.toString() ?? '{}']));
  const sums = new Map<string, { debit: Decimal; credit: Decimal }>();
  for (const text of once.values()) {
    const { lines = [] } = JSON.parse(text) as {
      lines?: readonly { account: string; currency: string; debit?: string; credit?: string }[];
    };
    for (const { account, currency, debit = '0', credit = '0' } of lines) {
      const sum = sums.get(`${account} ${currency}`) ?? { debit: new Decimal(0), credit: new Decimal(0) };
      sums.set(`${account} ${currency}`, { debit: sum.debit.plus(debit), credit: sum.credit.plus(credit) });
    }
  }
  return [...sums]
    .map(([key, { debit, credit }]) => {
      const [account = '', currency = ''] = key.split(' ');
      return { account, currency, debit: debit.toFixed(2), credit: credit.toFixed(2) };
    })
    .toSorted((one, other) => (one.account < other.account ? -1 : 1));
}

export function bookedIn({ balances }: Statement): readonly BookedBalance[] {
  return balances
    .map(({ account, currency, debit, credit }) => ({
      account,
      currency,
      debit: new Decimal(debit).toFixed(2),
      credit: new Decimal(credit).toFixed(2),
    }))
    .toSorted((one, other) => (one.account < other.account ? -1 : 1));
}

export function ceIdOf({ headers }: Pick<OutgoingMessage, 'headers'>): string {
  return headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? '';
}

/** A bus with topics of its own, a database for the books, and as many consumers as a test starts. */
export interface BooksBench {
  readonly bus: Bus;
  readonly databaseUrl: string;
  readonly sql: Client;
  /** What a program needs to find the same bus and database. */
  readonly environment: Readonly<Record<string, string>>;
  readonly topics: { readonly results: string; readonly copy: string; readonly acknowledged: string };
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  start(options?: Partial<AccountingOptions>): Promise<RunningAccounting>;
  /** Resolves when the consumer has read the topic to its end and every acknowledgement is published. */
  caughtUp(topic: string, consumer?: string): Promise<void>;
  acknowledgements(): Promise<readonly BusRecord[]>;
  close(): Promise<void>;
}

export async function openBooksBench(kind: BusKind): Promise<BooksBench> {
  const id = `books-${randomBytes(4).toString('hex')}`;
  const database = await createTestDatabase();
  const bus =
    kind === 'embedded'
      ? createEmbeddedBus({ databaseUrl: database.url, log: () => undefined })
      : createKafkaBus({ brokers: BROKERS.split(','), clientId: 'books', log: () => undefined });
  const topics = { results: `${id}.results`, copy: `${id}.copy`, acknowledged: `${id}.acknowledged` };
  const admin = await bus.admin();
  await admin.createTopics([
    { topic: topics.results, partitions: 3 },
    { topic: topics.copy, partitions: 2 },
    { topic: topics.acknowledged, partitions: 2 },
  ]);
  await admin.close();
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  const writer = await bus.writer();
  const running = new Set<RunningAccounting>();
  const bench: BooksBench = {
    bus,
    databaseUrl: database.url,
    sql,
    environment: {
      DATABASE_URL: database.url,
      KAFKA_GROUP_ID: id,
      LOG_LEVEL: 'warn',
      ...(kind === 'kafka' ? { KAFKA_BROKERS: BROKERS } : { KAFKA_BROKERS: '' }),
    },
    topics,
    publish: async (topic, messages) => {
      await send(writer, topic, messages);
    },
    start: async (options = {}) => {
      const defaults = {
        consumer: 'accounting',
        groupId: `${id}-${options.consumer ?? 'accounting'}`,
        topic: topics.results,
        acknowledgedTopic: topics.acknowledged,
      };
      const one = await startAccounting(bus, database.url, { ...defaults, ...options }, () => undefined);
      const stop = async (): Promise<void> => {
        if (running.delete(one)) await one.stop();
      };
      running.add(one);
      return {
        get taken() {
          return one.taken;
        },
        health: () => one.health(),
        statement: async () => await one.statement(),
        stop,
      };
    },
    caughtUp: async (topic, consumer = 'accounting') => {
      await until(`${consumer} at the end of ${topic}`, async () => await isAtEnd(bench, topic, consumer));
    },
    acknowledgements: async () => await dumpTopic(bus, topics.acknowledged),
    close: async () => {
      await Promise.all([...running].map(async (one) => await one.stop()));
      await writer.close();
      await bus.close();
      await sql.end();
      await database.drop();
    },
  };
  return bench;
}

async function send(writer: BusWriter, topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
  await writer.send(
    messages.map((message) => ({ ...message, topic })),
    AbortSignal.timeout(30_000),
  );
}

async function isAtEnd({ bus, sql }: BooksBench, topic: string, consumer: string): Promise<boolean> {
  const admin = await bus.admin();
  const ends = await admin.offsets(topic);
  await admin.close();
  const { rows } = await sql.query<{ partition: number; next_offset: string }>(
    `select partition, next_offset from accounting.position join accounting.consumer using (consumer_no) where name = $1 and topic = $2`,
    [consumer, topic],
  );
  const next = new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
  const { rows: left } = await sql.query(
    'select 1 from accounting.ack join accounting.consumer using (consumer_no) where name = $1 limit 1',
    [consumer],
  );
  return left.length === 0 && ends.every(({ partition, high }) => (next.get(partition) ?? 0) >= high);
}

/** `ce_id` of each acknowledgement, with its value: repeated ones must be equal. */
export function acknowledgedIn(records: readonly BusRecord[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const record of records) {
    const ceId = headerOf(record, 'ce_id') ?? '';
    const value = record.value?.toString() ?? '';
    if (found.has(ceId) && found.get(ceId) !== value) throw new Error(`${ceId} has two contents`);
    found.set(ceId, value);
  }
  return found;
}
