import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { requestMessage } from '#libs/contracts';
import { AccountBook, Intake, retryPolicy, type ProcessingAccount, type Watch } from '#libs/processing';
import { createHttpEdge } from '#libs/provider-kit';
import { createRazorpay } from '#libs/provider-razorpay/submit';
import { AccountStore, Database, IntakeStore } from '#libs/store';

/** An account of Razorpay as its configuration names it. */
export interface NamedAccount {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
}

const BATCH = 1000;
/** So many go through intake; above it they are repeated. */
const TAKEN_MAX = 10_000;
const TOPIC = 'waiting.filled';
const CALL_TIMEOUT_MS = 10_000;

/**
 * Puts `count` refunds of an account into the database, each on a payment of its own: the first of them through intake itself, as rows that were written
 * otherwise could be other rows. No events are written of them, or the relay would be measured with them.
 */
export async function fill(databaseUrl: string, named: NamedAccount, count: number): Promise<void> {
  // Autovacuum leaves tables alone that never had a row. A plan made while they are known to be empty reads whole indexes, until they are analysed again.
  if (count === 0) return;
  const database = new Database(databaseUrl, () => undefined);
  try {
    const account = await openAccount(new AccountStore(database), named);
    const options = {
      groupId: 'fill',
      cluster: 'fill',
      payloadBytesMax: 262_144,
      requestAgeMaxMs: 86_400_000,
      statusEvents: false,
    };
    const intake = new Intake(
      new IntakeStore(database),
      new AccountBook([account]),
      options,
      SILENT,
      () => undefined,
    );
    const taken = Math.min(count, TAKEN_MAX);
    for (let from = 0; from < taken; from += BATCH) {
      const next = Math.min(taken, from + BATCH);
      await intake.take({
        topic: TOPIC,
        partition: 0,
        from,
        next,
        records: recordsOf(named.name, from, next),
      });
    }
  } finally {
    await database.close();
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await multiply(client, TAKEN_MAX, Math.max(count, TAKEN_MAX));
  // As autovacuum would have done while so many came in.
  await client.query('vacuum analyze');
  await client.end();
}

function recordsOf(account: string, from: number, next: number) {
  const timestampMs = Date.now();
  return Array.from({ length: next - from }, (_none, index) => {
    const offset = from + index;
    const request = {
      refundId: `waiting-${String(offset)}`,
      provider: 'razorpay',
      account,
      paymentId: `pay_waiting${String(offset)}`,
      amount: '10.00',
      currency: 'INR',
    } as const;
    const { key, value, headers } = requestMessage(request, {
      topic: TOPIC,
      ceId: randomUUID(),
      ceSource: '/bench',
      time: new Date(timestampMs).toISOString(),
    });
    return { offset, timestampMs, key, value, headers };
  });
}

async function openAccount(
  store: AccountStore,
  { name, settings }: NamedAccount,
): Promise<ProcessingAccount> {
  const razorpay = createRazorpay({
    edge: createHttpEdge({}),
    callTimeoutMs: CALL_TIMEOUT_MS,
  });
  const account = razorpay.readAccount({ name, merchant: name, settings });
  const [registered] = await store.register([account]);
  if (registered === undefined) throw new Error(`the account ${name} was not registered`);
  const limits = { retryFirstMs: 500, retryMaxMs: 300_000, callsMax: 20, waitingMaxMs: 86_400_000 };
  return {
    ...registered,
    account,
    module: razorpay.module,
    submitter: razorpay.submitter,
    policy: retryPolicy(razorpay.module.capabilities, {}, limits),
    verify: 'never',
    verifyAgeMs: 3_600_000,
    spacingMs: 0,
    concurrency: 1,
    ratePerSecond: null,
  };
}

/** Rows of one refund; each has the payment's number, or one of these texts, as its key. */
const TABLES = ['payment', 'lane', 'refund_id', 'refund', 'journal'];
const COPIED: Readonly<Record<string, (base: number) => string>> = {
  payment_no: (base) => `payment_no + copy.no * ${String(base)}`,
  payment_id: () => "payment_id || '_' || copy.no",
  refund_id: () => "refund_id || '_' || copy.no",
};

/** Repeats what intake wrote under other names until there are `count`: as it would have written them, in a fraction of the time. */
async function multiply(client: Client, base: number, count: number): Promise<void> {
  const copies = count / base - 1;
  if (!Number.isInteger(copies)) throw new Error(`a multiple of ${String(base)} is needed`);
  if (copies < 1) return;
  for (const table of TABLES) {
    const { rows } = await client.query<{ name: string }>(
      "select column_name as name from information_schema.columns where table_schema = 'refundry' and table_name = $1",
      [table],
    );
    const names = rows.map(({ name }) => name);
    const values = names.map((name) => COPIED[name]?.(base) ?? name);
    await client.query(
      `insert into refundry.${table} (${names.join(', ')}) overriding system value
       select ${values.join(', ')} from refundry.${table} cross join generate_series(1, ${String(copies)}) as copy(no)`,
    );
  }
  await client.query(
    "select setval(pg_get_serial_sequence('refundry.payment', 'payment_no'), (select max(payment_no) from refundry.payment))",
  );
}

const nothing = (): void => undefined;
const SILENT: Watch = {
  log: nothing,
  requests: nothing,
  rejected: (code) => {
    throw new Error(`a request was rejected: ${code}`);
  },
  duplicate: nothing,
  deadLetter: (code) => {
    throw new Error(`a request is a dead letter: ${code}`);
  },
  call: nothing,
  claiming: nothing,
  settled: nothing,
  late: nothing,
  contradiction: nothing,
  webhook: nothing,
  published: nothing,
  step: nothing,
};
