import { Client } from 'pg';
import { createEmbeddedBus, type Bus, type BusWriter, type OutgoingMessage } from '#libs/bus';
import { topicPlans, type Topics } from '#libs/config';
import { acknowledgementMessage, messagesOf, readRequest, requestMessage } from '#libs/contracts';
import { AccountStore, Database, migrate } from '#libs/store';
import { amountOf, madeAtS, paymentIdOf, providerRefundIdOf, refundIdOf, type Books } from './books.ts';

const CHUNK = 5000;
/** The account as `RAZORPAY_*` variables define it. */
const ACCOUNT = { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' } as const;

/**
 * Writes what a processor leaves behind of refunds that completed: rows of every table that a comparison reads, requests, results and acknowledgements.
 * The rows are written as they are in the end, without the way there.
 */
export async function fillBooks(
  databaseUrl: string,
  topics: Topics,
  groupId: string,
  books: Books,
  onProgress: (done: number) => void,
): Promise<void> {
  await migrate(databaseUrl);
  const database = new Database(databaseUrl, () => undefined);
  const [account] = await new AccountStore(database).register([ACCOUNT]);
  await database.close();
  const bus = createEmbeddedBus({ databaseUrl, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics(topicPlans(topics, 1));
  await admin.close();
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const writer = await bus.writer();
  const cluster = await bus.id();
  const place = { cluster, topics, numbers: [account?.merchantNo ?? 0, account?.accountNo ?? 0] as const };
  for (let from = 0; from < books.count; from += CHUNK) {
    await fillChunk(client, writer, place, books, from);
    onProgress(Math.min(books.count, from + CHUNK));
  }
  await readToEnd(client, bus, topics.requested, groupId, cluster);
  await client.query('analyze');
  await writer.close();
  await bus.close();
  await client.end();
}

interface Place {
  readonly cluster: string;
  readonly topics: Topics;
  /** Merchant and account. */
  readonly numbers: readonly [number, number];
}

async function fillChunk(
  client: Client,
  writer: BusWriter,
  { cluster, topics, numbers }: Place,
  books: Books,
  from: number,
): Promise<void> {
  const indexes = Array.from({ length: Math.min(CHUNK, books.count - from) }, (_, at) => from + at);
  const requests = indexes.map((index) => requestOf(index, topics.requested));
  const results = indexes.map((index) => resultOf(books, index));
  const signal = new AbortController().signal;
  await writer.send(requests, signal);
  await writer.send(
    results.flatMap((entry) => messagesOf({ ...entry, status: null }, topics)),
    signal,
  );
  await writer.send(
    results.map(({ refundId, paymentId, sequence, occurredAt }) =>
      acknowledgementMessage(
        {
          refundId,
          paymentId,
          acknowledges: `${refundId}.${String(sequence)}`,
          consumer: 'bench',
          acknowledgedAt: occurredAt,
        },
        topics.acknowledged,
      ),
    ),
    signal,
  );
  const fingerprints = requests.map((request) => {
    const incoming = readRequest(request);
    return incoming.kind === 'request' ? incoming.request.fingerprint : Buffer.alloc(0);
  });
  await client.query(STORE, [
    indexes,
    indexes.map(refundIdOf),
    indexes.map(paymentIdOf),
    indexes.map(providerRefundIdOf),
    indexes.map(amountOf),
    indexes.map((index) => madeAtS(books, index)),
    fingerprints,
    results.map(({ result }) => result),
    numbers[0],
    numbers[1],
    cluster,
    topics.requested,
  ]);
}

const STORE = `
with i as materialized (
  select n, refund_id, payment_id, provider_refund_id, amount::numeric, to_timestamp(made_s) as made_at, fingerprint, result
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[], $8::text[])
    as u(n, refund_id, payment_id, provider_refund_id, amount, made_s, fingerprint, result)),
payments as (
  insert into refundry.payment (payment_no, merchant_no, payment_id, account_no, currency, captured, completed, last_ordinal)
  overriding system value select n + 1, $9::int, payment_id, $10::int, 'INR', 10000, amount, 1 from i),
ids as (
  insert into refundry.refund_id (refund_id, merchant_no, payment_id, fingerprint, fingerprint_version, cluster, topic, partition, record_offset, record_at,
    ce_id, ce_source, provider, account, mode, currency, task, request, free_text, free_digest, salt)
  select refund_id, $9::int, payment_id, fingerprint, 1, $11, $12, 0, n, now(), 'e-' || refund_id, '/orders', 'razorpay', 'default', 'test', 'INR',
    '{}', '{}', '', '', '' from i),
refunds as (
  insert into refundry.refund (payment_no, ordinal, refund_id, account_no, state, asked, amount, attempt_no, calls, called_at, sequence, hash, in_lane,
    look_first, provider_refund_id, requested_at, changed_at)
  select n + 1, 1, refund_id, $10::int, 'completed', amount, amount, 1, 1, made_at, 2, '', false, false, provider_refund_id, made_at, made_at from i),
attempts as (
  insert into refundry.attempt (payment_no, ordinal, attempt_no, action, key, reference, content, amount, currency, armed_at)
  select n + 1, 1, 1, 'refund', 'key-' || n, 'receipt-' || n, '{}', amount, 'INR', made_at from i),
bound as (
  insert into refundry.provider_refund (merchant_no, provider_refund_id, payment_no, ordinal) select $9::int, provider_refund_id, n + 1, 1 from i)
insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, result, result_type, digest, hash)
select n + 1, 1, s.sequence, refund_id, payment_id, made_at, 'answer', '{}', case s.sequence when 2 then result end,
  case s.sequence when 2 then 'RefundCompleted' end, '', '' from i cross join (values (1), (2)) as s(sequence)`;

function requestOf(index: number, topic: string): OutgoingMessage {
  const refundId = refundIdOf(index);
  return requestMessage(
    {
      refundId,
      provider: 'razorpay',
      paymentId: paymentIdOf(index),
      amount: amountOf(index),
      currency: 'INR',
      orderId: `order-${String(index)}`,
    },
    { topic, ceId: `e-${refundId}`, ceSource: '/orders', time: '2026-01-01T00:00:00.000Z' },
  );
}

function resultOf(books: Books, index: number) {
  const [refundId, paymentId] = [refundIdOf(index), paymentIdOf(index)];
  const occurredAt = new Date(madeAtS(books, index) * 1000).toISOString();
  const result = JSON.stringify({
    refundId,
    provider: 'razorpay',
    account: 'default',
    mode: 'test',
    paymentId,
    amount: amountOf(index),
    currency: 'INR',
    orderId: `order-${String(index)}`,
    sequence: 2,
    occurredAt,
    action: 'refund',
    providerRefundId: providerRefundIdOf(index),
  });
  return {
    refundId,
    paymentId,
    sequence: 2,
    occurredAt,
    traceparent: null,
    result,
    resultType: 'RefundCompleted',
    format: 1,
  } as const;
}

/** Everything on the topic was taken in. */
async function readToEnd(
  client: Client,
  bus: Bus,
  topic: string,
  groupId: string,
  cluster: string,
): Promise<void> {
  const admin = await bus.admin();
  for (const { partition, high } of await admin.offsets(topic))
    await client.query(
      'insert into refundry.intake_position (group_id, cluster, topic, partition, next_offset) values ($1, $2, $3, $4, $5)',
      [groupId, cluster, topic, partition, high],
    );
  await admin.close();
}
