import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createEmbeddedBus, type Bus, type BusRecord } from '#libs/bus';
import { readConfig, type Topics } from '#libs/config';
import { requestMessage, type RefundRequested } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { Database, ReportStore, type RefundReport } from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';
import { startProcessor } from '../../apps/processor/start.ts';
import { refundctl } from '../../apps/refundctl/refundctl.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { startEchoProvider, type EchoProvider } from './echo-provider.ts';

const UNTIL_MS = 20_000;

export const PROVIDERS = ['razorpay', 'braintree', 'robokassa'] as const;
export type Provider = (typeof PROVIDERS)[number];

const CURRENCIES = { razorpay: 'INR', braintree: 'USD', robokassa: 'RUB' } as const;

/** What an account is told that nobody else may learn: one value for each kind of secret there is, and the pair that a call carries. */
interface Secrets {
  readonly razorpay: { readonly keyId: string; readonly keySecret: string; readonly webhookSecret: string };
  readonly braintree: { readonly publicKey: string; readonly privateKey: string };
  readonly robokassa: { readonly password1: string; readonly password2: string; readonly password3: string };
}

const own = (account: string): Secrets => ({
  razorpay: {
    keyId: `rzp_test_${account}`,
    keySecret: `${account}-rzp/Key+Secret=1`,
    webhookSecret: `${account}-rzp/Hook+Secret=2`,
  },
  braintree: { publicKey: `${account}_public`, privateKey: `${account}-bt/Private+Key=3` },
  robokassa: {
    password1: `${account}-rk/Pass+One=4`,
    password2: `${account}-rk/Pass+Two=5`,
    password3: `${account}-rk/Pass+Three=6`,
  },
});

/** `default`: the sandbox takes its credentials. `wrong`: it refuses them. `echo`: a stranger in its place repeats them. */
const ACCOUNTS: Readonly<Record<'default' | 'wrong' | 'echo', Secrets>> = {
  default: {
    razorpay: {
      keyId: 'rzp_test_sandbox',
      keySecret: 'sandbox_secret',
      webhookSecret: 'sandbox_webhook_secret',
    },
    braintree: { publicKey: 'sandbox_public', privateKey: 'sandbox_private' },
    robokassa: { password1: 'password1', password2: 'password2', password3: 'password3' },
  },
  wrong: own('wrong'),
  echo: own('echo'),
};

/** What nobody else may learn of an account at a provider: the secrets, and the pairs that calls carry. */
function plainSecrets({
  razorpay,
  braintree,
  robokassa,
}: Secrets): Readonly<Record<Provider, readonly string[]>> {
  return {
    razorpay: [razorpay.keySecret, razorpay.webhookSecret, `${razorpay.keyId}:${razorpay.keySecret}`],
    braintree: [braintree.privateKey, `${braintree.publicKey}:${braintree.privateKey}`],
    robokassa: Object.values(robokassa),
  };
}

const forms = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
];

/** Every text by which a secret of any account could be known. */
export const SECRETS: readonly string[] = Object.values(ACCOUNTS).flatMap((secrets) =>
  Object.values(plainSecrets(secrets)).flat().flatMap(forms),
);

/** What a provider could say of the account at the sandbox, by mistake: all that the account told it. */
export const toldAtTheSandbox = (provider: Provider): string =>
  plainSecrets(ACCOUNTS.default)[provider].flatMap(forms).join(' ');

function accountsBesideDefault(echoUrl: string, sandboxUrl: string): readonly object[] {
  return (['wrong', 'echo'] as const).flatMap((name) => {
    const baseUrl = name === 'echo' ? echoUrl : sandboxUrl;
    const { razorpay, braintree, robokassa } = ACCOUNTS[name];
    // Without a reading, the call that moves money is the first one that the stranger hears.
    const account = { name, profile: 'sandbox', verify: 'never' };
    const merchant = { merchantId: `${name}_merchant`, environment: 'sandbox' };
    return [
      { ...account, provider: 'razorpay', settings: { ...razorpay, baseUrl } },
      { ...account, provider: 'braintree', settings: { ...merchant, ...braintree, baseUrl } },
      { ...account, provider: 'robokassa', settings: { login: name, ...robokassa, baseUrl } },
    ];
  });
}

/** A whole processor with nine accounts at a real sandbox and a stranger, and everything that it lets out. */
export interface SecrecyBench {
  readonly sandbox: SandboxClient;
  readonly echo: EchoProvider;
  readonly sql: Client;
  readonly databaseUrl: string;
  /** Every line, at every level. */
  readonly log: readonly string[];
  payment(provider: Provider, fields?: Readonly<Record<string, unknown>>): Promise<string>;
  request(request: Partial<RefundRequested> & { readonly provider: Provider }): Promise<string>;
  untilReport(refundId: string, wanted: (report: RefundReport) => boolean): Promise<RefundReport>;
  metrics(): Promise<string>;
  /** Posts to the address of an account's webhooks. */
  webhook(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<number>;
  /** What refundctl prints, both streams, whether it succeeds or not. */
  refundctl(...args: readonly string[]): Promise<string>;
  /** Ends the processor, then reads what it has published: values and headers. */
  published(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openSecrecyBench(): Promise<SecrecyBench> {
  const [test, server, echo] = [await createTestDatabase(), await startSandbox(), await startEchoProvider()];
  const directory = await mkdtemp(join(tmpdir(), 'refundry-secrecy-'));
  const file = join(directory, 'refundry.json');
  await writeFile(file, JSON.stringify({ accounts: accountsBesideDefault(echo.url, server.url) }));
  const env = { DATABASE_URL: test.url, SANDBOX_URL: server.url, PORT: '0', REFUNDRY_CONFIG: file };
  const config = readConfig(env);
  const log: string[] = [];
  const logger = createLogger({ level: 'trace', name: 'test', write: (line) => log.push(line) });
  const processor = await startProcessor(
    config,
    new Set(['intake', 'executor', 'relay', 'http'] as const),
    logger,
  );
  const url = `http://127.0.0.1:${String(processor.port)}`;
  const database = new Database(test.url, () => undefined);
  const sql = new Client({ connectionString: test.url });
  await sql.connect();
  const bus = createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const reports = new ReportStore(database);
  const sandbox = new SandboxClient(server.url);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await processor.stop();
    stopped = true;
  };
  return {
    sandbox,
    echo,
    sql,
    databaseUrl: test.url,
    log,
    payment: async (provider, fields = {}) => {
      const payment = { provider, amount: '100.00', currency: CURRENCIES[provider], ...fields };
      return (await sandbox.createPayment(payment)).paymentId;
    },
    request: async (request) => await send(bus, config.topics, request),
    untilReport: async (refundId, wanted) => await untilReport(reports, refundId, wanted),
    metrics: async () => await (await fetch(`${url}/metrics`)).text(),
    webhook: async (path, body, headers) =>
      (await fetch(`${url}${path}`, { method: 'POST', body, headers })).status,
    refundctl: async (...args) => await printed(env, args),
    published: async () => {
      await stop();
      const { results, status, deadLetters } = config.topics;
      return await textsOn(bus, [results, status, deadLetters]);
    },
    close: async () => {
      await bus.close();
      await stop();
      await sql.end();
      await database.close();
      await Promise.all([server.close(), echo.close()]);
      await test.drop();
      await rm(directory, { recursive: true });
    },
  };
}

let requests = 0;

async function send(
  bus: Bus,
  topics: Topics,
  request: Partial<RefundRequested> & { readonly provider: Provider },
): Promise<string> {
  requests += 1;
  const refundId = request.refundId ?? `rf_${String(requests)}`;
  const { provider } = request;
  const full = { refundId, currency: CURRENCIES[provider], amount: '10.00', ...request } as RefundRequested;
  const stamps = { ceId: `e-${String(requests)}`, ceSource: '/orders', time: new Date().toISOString() };
  const writer = await bus.writer();
  await writer.send(
    [requestMessage(full, { topic: topics.requested, ...stamps })],
    new AbortController().signal,
  );
  await writer.close();
  return refundId;
}

async function untilReport(
  reports: ReportStore,
  refundId: string,
  wanted: (report: RefundReport) => boolean,
): Promise<RefundReport> {
  const deadlineMs = performance.now() + UNTIL_MS;
  for (;;) {
    const report = await reports.refund(refundId);
    if (report !== null && wanted(report)) return report;
    if (performance.now() > deadlineMs)
      throw new Error(`${refundId} is ${report?.refund.state ?? 'absent'}: ${JSON.stringify(report?.calls)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What refundctl prints, both streams, whether it succeeds or not. */
export async function printed(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<string> {
  let text = '';
  const keep = (part: string): void => {
    text += part;
  };
  await refundctl(args, { env: { NODE_ENV: 'test', ...env }, out: keep, err: keep });
  return text;
}

/** Everything on some topics, as text: values, keys and headers. */
async function textsOn(bus: Bus, topics: readonly string[]): Promise<readonly string[]> {
  const admin = await bus.admin();
  const highs = (await Promise.all(topics.map(async (topic) => await admin.offsets(topic)))).flat();
  await admin.close();
  const count = highs.reduce((sum, { high }) => sum + high, 0);
  const records: BusRecord[] = [];
  const all = Promise.withResolvers<undefined>();
  const reader = bus.reader({ groupId: 'secrecy' });
  await reader.start(topics, async (batch) => {
    records.push(...batch.records);
    if (records.length >= count) all.resolve(undefined);
    await Promise.resolve();
  });
  await all.promise;
  await reader.stop();
  return records.map(({ key, value, headers }) =>
    [key, value, ...headers.map((header) => header.value)].map((bytes) => bytes?.toString() ?? '').join('\n'),
  );
}
