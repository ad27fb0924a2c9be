import { createHmac } from 'node:crypto';
import { Client } from 'pg';
import { createEmbeddedBus } from '#libs/bus';
import { readConfig, type AccountConfig, type Config } from '#libs/config';
import { requestMessage, type RefundRequested } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { Database, ReportStore, type RefundReport } from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';
import type { Role } from '../../apps/processor/roles.ts';
import { startProcessor, type RunningProcessor } from '../../apps/processor/start.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';

const UNTIL_MS = 20_000;
/** Longer than a test waits: a refund that moves was hinted at. */
const NO_POLL = { firstLookUpMs: 60_000, pollFirstMs: 60_000, pollMaxMs: 60_000 };
const SECRET = 'sandbox_webhook_secret';

/** A whole processor on a real database and the embedded bus, with the real sandbox sending it webhooks. It does not poll unless told to. */
export interface WebhookBench {
  readonly sandbox: SandboxClient;
  /** Of the first processor. */
  readonly url: string;
  readonly sql: Client;
  readonly log: readonly string[];
  start(
    roles: readonly Role[],
    account?: Partial<AccountConfig>,
    change?: Partial<Config>,
  ): Promise<RunningProcessor>;
  payment(amount?: string): Promise<string>;
  request(refundId: string, paymentId: string, amount?: string): Promise<void>;
  /** Waits until the refund is in the state. */
  until(refundId: string, state: string): Promise<RefundReport>;
  /** Visible states in journal order. */
  states(refundId: string): Promise<readonly string[]>;
  /** Posts a body to an account's address as Razorpay would, signed unless the headers say otherwise. */
  post(body: string, headers?: Readonly<Record<string, string>>, path?: string): Promise<number>;
  eventIds(): Promise<readonly string[]>;
  metric(verdict: string): Promise<number>;
  close(): Promise<void>;
}

export async function openWebhookBench(
  options: { readonly roles?: readonly Role[]; readonly account?: Partial<AccountConfig> } = {},
): Promise<WebhookBench> {
  const test = await createTestDatabase();
  const server = await startSandbox();
  const log: string[] = [];
  const processors: RunningProcessor[] = [];
  const config = readConfig({ DATABASE_URL: test.url, SANDBOX_URL: server.url, PORT: '0' });
  const start: WebhookBench['start'] = async (roles, account = {}, change = {}) => {
    const running = await startProcessor(
      withAccount({ ...config, ...change }, { ...account, timing: { ...NO_POLL, ...account.timing } }),
      new Set(roles),
      createLogger({ level: 'info', name: 'test', write: (line) => log.push(line) }),
    );
    processors.push(running);
    return running;
  };
  const { port } = await start(options.roles ?? ['intake', 'executor', 'relay', 'http'], options.account);
  const url = `http://127.0.0.1:${String(port)}`;
  const database = new Database(test.url, () => undefined);
  const sql = new Client({ connectionString: test.url });
  await sql.connect();
  const bus = createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const writer = await bus.writer();
  const reports = new ReportStore(database);
  const sandbox = new SandboxClient(server.url);
  return {
    sandbox,
    url,
    sql,
    log,
    start,
    payment: async (amount = '100.00') =>
      (await sandbox.createPayment({ provider: 'razorpay', amount, currency: 'INR' })).paymentId,
    request: async (refundId, paymentId, amount = '10.00') => {
      await writer.send([message(config, refundId, paymentId, amount)], new AbortController().signal);
    },
    until: async (refundId, state) => await until(reports, refundId, state),
    states: async (refundId) => {
      const report = await reports.refund(refundId);
      return report?.journal.map(({ status }) => (JSON.parse(status) as { state: string }).state) ?? [];
    },
    post: async (body, headers = signed(body), path = '/webhooks/razorpay/default') =>
      (await fetch(`${url}${path}`, { method: 'POST', body, headers })).status,
    eventIds: async () =>
      (await sql.query<{ id: string }>('select event_id as id from refundry.webhook_event')).rows.map(
        ({ id }) => id,
      ),
    metric: async (verdict) => await counted(url, verdict),
    close: async () => {
      await writer.close();
      await bus.close();
      for (const running of processors) await running.stop();
      await sql.end();
      await database.close();
      await server.close();
      await test.drop();
    },
  };
}

/** What Razorpay sends along with a body. */
export function signed(body: string, eventId = 'evt_1', secret = SECRET): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'x-razorpay-event-id': eventId,
    'x-razorpay-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}

/** An event about a refund; `captured` false is Razorpay's own refund of a payment that was never captured. */
export function event(
  refund: { readonly id: string; readonly paymentId: string; readonly status: string },
  captured = true,
): string {
  const { id, paymentId, status } = refund;
  return JSON.stringify({
    entity: 'event',
    event: 'refund.created',
    payload: {
      refund: { entity: { id, payment_id: paymentId, status, amount: 1000, currency: 'INR' } },
      payment: { entity: { id: paymentId, captured } },
    },
  });
}

/** With Razorpay's account alone. */
function withAccount(config: Config, change: Partial<AccountConfig>): Config {
  const razorpay = config.accounts.filter(({ provider }) => provider === 'razorpay');
  return { ...config, accounts: razorpay.map((account) => changed(account, change)) };
}

function changed(account: AccountConfig, change: Partial<AccountConfig>): AccountConfig {
  return {
    ...account,
    ...change,
    settings: { ...account.settings, ...change.settings },
    timing: { ...account.timing, ...change.timing },
  };
}

function message(config: Config, refundId: string, paymentId: string, amount: string) {
  const request: RefundRequested = { refundId, provider: 'razorpay', paymentId, amount, currency: 'INR' };
  return requestMessage(request, {
    topic: config.topics.requested,
    ceId: `e-${refundId}`,
    ceSource: '/orders',
    time: new Date().toISOString(),
  });
}

async function until(reports: ReportStore, refundId: string, state: string): Promise<RefundReport> {
  const deadlineMs = performance.now() + UNTIL_MS;
  for (;;) {
    const report = await reports.refund(refundId);
    if (report?.refund.state === state) return report;
    if (performance.now() > deadlineMs)
      throw new Error(`${refundId} is ${report?.refund.state ?? 'absent'}, not ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Counted by this process since it started, over all benches. */
async function counted(url: string, verdict: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('refundry_webhooks_total{'));
  const counts = lines.filter((line) => line.includes(`verdict="${verdict}"`));
  return counts.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
