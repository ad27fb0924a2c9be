import { inspect } from 'node:util';
import { readConfig } from '#libs/config';
import { createLogger } from '#libs/observability';
import type { RefundReport } from '#libs/store';
import { startProcessor } from '../../apps/processor/start.ts';
import {
  openSecrecyBench,
  printed,
  PROVIDERS,
  SECRETS,
  toldAtTheSandbox,
  type Provider,
  type SecrecyBench,
} from './secrecy-bench.ts';

const CARD = '4111 1111 1111 1111';
const CARDS = [CARD, CARD.replaceAll(' ', ''), Buffer.from(CARD).toString('base64')];

let bench: SecrecyBench;
/** Refunds by what became of them. */
const refunds: Record<'paid' | 'lost' | 'refused' | 'wrong' | 'echoed' | 'carded', string[]> = {
  paid: [],
  lost: [],
  refused: [],
  wrong: [],
  echoed: [],
  carded: [],
};

/** What the processor and its tools let out, by where. */
const shown: Record<'log' | 'metrics' | 'events' | 'database' | 'output of refundctl', string> = {
  log: '',
  metrics: '',
  events: '',
  database: '',
  'output of refundctl': '',
};

const fault = async (provider: Provider, mode: string, fields: object = {}): Promise<void> => {
  const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1, ...fields } as const;
  await bench.sandbox.addFault(provider, planned);
};

const isIn =
  (...states: readonly string[]) =>
  ({ refund }: RefundReport): boolean =>
    states.includes(refund.state);

/** A refund that is paid, one whose answer is lost, and one that the provider refuses while it repeats a secret. */
async function atTheSandbox(provider: Provider): Promise<void> {
  const paid = await bench.request({ provider, paymentId: await bench.payment(provider) });
  await bench.untilReport(paid, isIn('completed'));
  refunds.paid.push(paid);
  for (const mode of ['drop-after-process', 'malformed', 'html-502']) {
    await fault(provider, mode);
    const lost = await bench.request({ provider, paymentId: await bench.payment(provider) });
    await bench.untilReport(lost, isIn('completed', 'review'));
    refunds.lost.push(lost);
  }
  const description = `${provider === 'braintree' ? '81503 ' : ''}You said ${toldAtTheSandbox(provider)}`;
  await fault(provider, 'status', { status: provider === 'braintree' ? 422 : 400, description });
  const refused = await bench.request({ provider, paymentId: await bench.payment(provider) });
  await bench.untilReport(refused, ({ calls }) => calls.some(({ verb }) => verb === 'create'));
  refunds.refused.push(refused);
  const tooMuch = { provider, paymentId: await bench.payment(provider), amount: '100.01' };
  refunds.refused.push(await bench.request(tooMuch));
  await bench.untilReport(refunds.refused.at(-1) ?? '', isIn('failed'));
}

/** Refunds whose credentials are refused, and refunds that go to a stranger. */
async function elsewhere(provider: Provider): Promise<void> {
  const paymentIds = { razorpay: 'pay_elsewhere', braintree: 'elsewhere', robokassa: '77' };
  const asked = { provider, paymentId: paymentIds[provider] };
  const wrong = await bench.request({ ...asked, account: 'wrong' });
  await bench.untilReport(wrong, ({ accountStopped }) => accountStopped !== null);
  refunds.wrong.push(wrong);
  for (let times = 0; times < 4; times += 1) {
    const paymentId = provider === 'robokassa' ? String(80 + times) : `${asked.paymentId}${String(times)}`;
    const echoed = await bench.request({ ...asked, paymentId, account: 'echo' });
    await bench.untilReport(echoed, ({ calls }) => calls.some(({ verb }) => verb === 'create'));
    refunds.echoed.push(echoed);
  }
}

/** A card number in every text that a caller may write, also in a refundId that is known already. */
async function cards(provider: Provider): Promise<void> {
  const paymentId = await bench.payment(provider);
  const texts = [{ reason: `for ${CARD}` }, { metadata: { note: CARD } }, { orderId: CARD }];
  for (const text of texts) {
    const carded = await bench.request({ provider, paymentId, ...text });
    await bench.untilReport(carded, isIn('failed'));
    refunds.carded.push(carded);
  }
  await bench.request({ provider, paymentId, refundId: refunds.paid[0] ?? '', reason: CARD });
}

async function deadLetters(count: number): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    const { rows } = await bench.sql.query('select from refundry.dead_letter');
    if (rows.length >= count) return;
    if (performance.now() > deadlineMs) throw new Error(`${String(rows.length)} dead letters`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One of the events to come repeats what the echo answered. */
async function echoInTheJournal(): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const { rows } = await bench.sql.query(
      `select from refundry.journal where result like '%You sent%' limit 1`,
    );
    if (rows.length > 0) return;
    if (performance.now() > deadlineMs) throw new Error('nothing repeats what the echo answered');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Every row of every table, as text, bytes included. */
async function rowsOfAllTables(): Promise<string> {
  const { rows: tables } = await bench.sql.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'refundry'",
  );
  await bench.sql.query("set bytea_output = 'escape'");
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await bench.sql.query<{ row: string }>(`select t::text as row from refundry.${name} t`);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

/** Whatever an operator may ask, of all refunds and all accounts. */
async function everythingOfRefundctl(): Promise<string> {
  const printed: string[] = [];
  const run = async (...args: readonly string[]): Promise<void> => {
    printed.push(await bench.refundctl(...args));
  };
  for (const refundId of Object.values(refunds).flat()) {
    await run('refund', 'show', refundId, '--answers');
    await run('refund', 'show', refundId, '--json');
  }
  for (const [at, provider] of PROVIDERS.entries()) {
    const refundId = refunds.paid[at] ?? '';
    const id = { razorpay: 'rfnd_1', braintree: 'b1', robokassa: '68cd7fa6-1338-4745-ba5c-28d16cbcdb3d' };
    await run('provider', provider, 'refunds', 'show', '--refund', refundId, '--json');
    for (const account of ['default', 'wrong', 'echo']) {
      const at = ['--account', account];
      await run('provider', provider, 'refunds', 'show', id[provider], ...at);
      await run('provider', provider, 'refunds', 'list', '--from', '2026-01-01', ...at);
      await run('provider', provider, 'refunds', 'annotate', id[provider], '--note', 'a=b', ...at);
    }
  }
  await run('account', 'list');
  return printed.join('\n');
}

beforeAll(async () => {
  bench = await openSecrecyBench();
  for (const provider of PROVIDERS) await atTheSandbox(provider);
  for (const provider of PROVIDERS) await elsewhere(provider);
  for (const provider of PROVIDERS) await cards(provider);
  for (const secret of ['sandbox_webhook_secret', 'sandbox_secret'])
    await bench.webhook('/webhooks/razorpay/default', `{"a":"${secret}"}`, {
      'x-razorpay-signature': secret,
    });
  await deadLetters(PROVIDERS.length);
  shown.metrics = await bench.metrics();
  await echoInTheJournal();
  shown.events = (await bench.published()).join('\n');
  // Before anything of refundctl: it registers what it is told with the redaction of this process's log.
  shown.log = bench.log.join('');
  shown.database = await rowsOfAllTables();
  shown['output of refundctl'] = await everythingOfRefundctl();
}, 180_000);

afterAll(async () => {
  await bench.close();
});

it('the stranger heard the credentials, and what he said of them was kept', () => {
  const heard = bench.echo.heard.join('\n');
  expect(heard).toContain('rzp_test_echo:echo-rzp/Key+Secret=1');
  expect(heard).toContain('echo_public:echo-bt/Private+Key=3');
  for (const where of ['database', 'events', 'output of refundctl'] as const) {
    expect(shown[where]).toContain('You sent');
    expect(shown[where]).toContain('[redacted]');
  }
  expect(shown.events).toContain('CONFLICTING_DUPLICATE');
});

it.each(Object.keys(shown) as (keyof typeof shown)[])('no secret is in the %s', (where) => {
  expect(shown[where].length).toBeGreaterThan(1000);
  expect(SECRETS.filter((secret) => shown[where].includes(secret))).toEqual([]);
  expect(shown[where]).not.toMatch(/\bBasic [A-Za-z0-9+/]{8}|\beyJ[\w-]+\.[\w-]+\.[\w-]+/);
});

it.each(Object.keys(shown) as (keyof typeof shown)[])('no card number is in the %s', (where) => {
  expect(CARDS.filter((card) => shown[where].includes(card))).toEqual([]);
});

it('a request number of RoboKassa, by which anyone may ask, is in nothing that is let out', async () => {
  const numbers = (await bench.sandbox.refunds('robokassa')).map(({ id }) => id);
  expect(numbers.length).toBeGreaterThan(1);
  // In the database it has to be: it is what is asked with.
  const { database: _kept, ...rest } = shown;
  const { rows } = await bench.sql.query<{ answers: string }>(
    "select string_agg(c::text, ' ') as answers from refundry.call c",
  );
  const letOut = [...Object.values(rest), rows[0]?.answers].join('\n');
  expect(numbers.filter((number) => letOut.includes(number))).toEqual([]);
});

describe('settings that cannot be used', () => {
  const unusable = 'a spaced secret';

  it.each([
    ['razorpay', { RAZORPAY_KEY_ID: 'rzp_live_1', RAZORPAY_KEY_SECRET: unusable }],
    ['braintree', { BRAINTREE_MERCHANT_ID: 'm', BRAINTREE_PUBLIC_KEY: 'p', BRAINTREE_PRIVATE_KEY: unusable }],
    ['robokassa', { ROBOKASSA_LOGIN: 'm', ROBOKASSA_PASSWORD2: unusable, ROBOKASSA_PASSWORD3: unusable }],
  ] as const)('of %s are named by the error, and not repeated', async (provider, env) => {
    const said = await printed(env, ['provider', provider, 'refunds', 'show', '68cd7fa6']);
    expect(said).toMatch(/keySecret|privateKey|password2/);
    const logger = createLogger({ level: 'silent', name: 'test' });
    const config = readConfig({ DATABASE_URL: bench.databaseUrl, PORT: '0', ...env });
    const start = startProcessor(config, new Set(['executor'] as const), logger);
    await expect(start).rejects.toThrow(/keySecret|privateKey|password2/);
    const error: unknown = await start.catch((reason: unknown) => reason);
    expect(said + inspect(error, { depth: 9 })).not.toContain(unusable);
  });
});
