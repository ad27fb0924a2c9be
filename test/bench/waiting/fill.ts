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
const TOPIC = 'waiting.filled';
const CALL_TIMEOUT_MS = 10_000;

/**
 * Puts `count` refunds of an account into the database, each on a payment of its own, through intake itself: rows that were written otherwise could be
 * other rows. No events are written of them, or the relay would be measured with them.
 */
export async function fill(databaseUrl: string, named: NamedAccount, count: number): Promise<void> {
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
    for (let from = 0; from < count; from += BATCH) {
      const next = Math.min(count, from + BATCH);
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
  await analyse(databaseUrl);
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

/** As autovacuum would have done while so many came in. */
async function analyse(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  await client.end();
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
