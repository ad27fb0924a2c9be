import { ENVIRONMENT } from '#libs/config';
import { refundctl } from './refundctl.ts';

async function run(...args: readonly string[]) {
  return await runWith({ NODE_ENV: 'test' }, args);
}

async function runWith(env: Readonly<Record<string, string>>, args: readonly string[]) {
  const streams = { out: '', err: '' };
  const exit = await refundctl(args, {
    env,
    out: (text) => {
      streams.out += text;
    },
    err: (text) => {
      streams.err += text;
    },
  });
  return { exit, ...streams };
}

describe('refundctl --help', () => {
  it('lists the commands and every variable, and exits 0', async () => {
    const { exit, out } = await run('--help');
    expect(exit).toBe(0);
    for (const word of ['demo', 'migrate', 'topics', 'refund', 'account', 'KAFKA_BROKERS', 'REFUNDRY_DATA']) {
      expect(out).toContain(word);
    }
    expect(ENVIRONMENT.filter(({ name }) => !out.includes(name))).toEqual([]);
  });

  it.each([
    ['demo'],
    ['migrate'],
    ['topics', 'create'],
    ['refund', 'request'],
    ['refund', 'show'],
    ['account', 'stop'],
    ['review', 'list'],
    ['review', 'show'],
    ['review', 'resolve'],
    ['provider', 'razorpay', 'refunds', 'list'],
    ['provider', 'razorpay', 'refunds', 'show'],
    ['provider', 'razorpay', 'refunds', 'annotate'],
  ])('explains %s %s', async (...command) => {
    const { exit, out } = await run(...command, '--help');
    expect(exit).toBe(0);
    expect(out).toContain(`Usage: refundctl ${command.join(' ')}`);
  });
});

describe('a command line that cannot be meant', () => {
  it.each([
    [['demmo'], /Did you mean demo/],
    [['demo', '--refunds', 'many'], /whole number from 1/],
    [['demo', '--refunds', '0'], /whole number from 1/],
    [['demo', '--bus', 'pigeon'], /embedded, kafka/],
    [['demo', '--sed', '1'], /Did you mean --seed/],
    [['refund', 'show'], /missing required argument 'refundId'/],
    [['refund', 'request', '--currency', 'INR'], /--payment/],
    [['refund', 'request', '--payment', 'p', '--currency', 'INR', '--metadata', 'x'], /key=value/],
    [['refund', 'request', '--payment', 'p', '--currency', 'INR', '--options', '[1]'], /JSON object/],
    [['account', 'stop', 'razorpay'], /--reason/],
    [['review', 'list', '--limit', '0'], /whole number from 1/],
    [['review', 'resolve', 'a', '--as', 'won'], /completed, failed, retry/],
    [['review', 'resolve', 'a', '--as', 'failed', '--reason', 'x'], /--evidence/],
    [['review', 'resolve', 'a', '--as', 'completed', '--amount', '1e2'], /10\.50/],
    [['account', 'stop', 'a/b/c', '--reason', 'x'], /provider\/account/],
    [['provider', 'razorpai', 'refunds', 'list'], /Did you mean razorpay/],
    [['provider', 'razorpay', 'refunds', 'list', '--from', 'yesterday'], /Unix seconds/],
    [['provider', 'razorpay', 'refunds', 'list', '--to', '2026-06-31'], /Unix seconds/],
    [['provider', 'razorpay', 'refunds', 'list', '--count', '0'], /whole number from 1/],
    [['provider', 'razorpay', 'refunds', 'annotate', 'rfnd_1'], /--note/],
    [['provider', 'razorpay', 'refunds', 'annotate', 'rfnd_1', '--note', '=x'], /key=value/],
  ] as const)('%j exits 2 and says why', async (args, why) => {
    const { exit, out, err } = await run(...args);
    expect(exit).toBe(2);
    expect(err).toMatch(why);
    expect(out).toBe('');
  });
});

describe('a request that would be refused', () => {
  it('is not sent, exits 2 and names every reason', async () => {
    const request = ['refund', 'request', '--payment', 'pay_1', '--currency', 'rupees', '--amount', '1e2'];
    const { exit, err } = await run(...request);
    expect(exit).toBe(2);
    expect(err).toContain('AMOUNT_MALFORMED');
    expect(err).toContain('CURRENCY_MALFORMED');
    expect(err).toContain('Not done: nothing was sent');
  });
});

describe('a question that the provider cannot be asked', () => {
  const refunds = ['provider', 'razorpay', 'refunds'];
  // Nothing listens there: whoever asks all the same fails with another code.
  const SANDBOX_URL = 'http://127.0.0.1:1';

  it.each([
    ['QUESTION_NOT_ACCEPTABLE', ['list', '--count', '101']],
    ['QUESTION_NOT_ACCEPTABLE', ['list', '--reference', 'o-1']],
    ['QUESTION_NOT_ACCEPTABLE', ['list', '--from', '2026-11-25', '--to', '2026-11-24']],
    ['PAYMENT_ID_INVALID', ['list', '--payment', 'order_1']],
    ['ACCOUNT_NOT_CONFIGURED', ['list', '--account', 'india']],
    ['QUESTION_NOT_ACCEPTABLE', ['show']],
    ['QUESTION_NOT_ACCEPTABLE', ['show', 'rfnd_1', '--refund', 'rf_1']],
    ['REFUND_ID_INVALID', ['show', 'pay_1']],
    ['PAYMENT_ID_INVALID', ['show', 'rfnd_1', '--payment', 'order_1']],
    ['REFUND_ID_INVALID', ['annotate', 'rf_1', '--note', 'a=b']],
    ['NOTES_INVALID', ['annotate', 'rfnd_1', '--note', 'refundry_id=rf_2']],
  ])('%s for %j: exits 2 and asks nobody', async (code, args) => {
    const { exit, out, err } = await runWith({ SANDBOX_URL }, [...refunds, ...args]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(`refundctl: ${code}: `);
    expect(err).toContain('Not done: the provider was not asked');
  });

  it('exits 1 and says what to check when the provider cannot be reached', async () => {
    const { exit, err } = await runWith({ SANDBOX_URL }, [...refunds, 'list']);
    expect(exit).toBe(1);
    expect(err).toMatch(/PROVIDER_UNAVAILABLE: razorpay\/default .*\n.*\n  Next: check the network/);
  });

  it('exits 2 without any account, and says how to give one', async () => {
    const { exit, err } = await runWith({}, [...refunds, 'list']);
    expect(exit).toBe(2);
    expect(err).toMatch(/ACCOUNT_NOT_CONFIGURED.*\n.*\n  Next: give razorpay's credentials/);
  });
});

describe('a faulty configuration', () => {
  it('exits 1 with every fault and no secret', async () => {
    const env = { DATABASE_URL: 'mysql://u:sesame-77@h/d', KAFKA_BROKERS: 'nonsense' };
    const { exit, err } = await runWith(env, ['migrate']);
    expect(exit).toBe(1);
    expect(err).toContain('DATABASE_URL');
    expect(err).toContain('KAFKA_BROKERS');
    expect(err).not.toContain('sesame-77');
  });

  it('keeps the demo away from production', async () => {
    const { exit, err } = await runWith({ NODE_ENV: 'production' }, ['demo']);
    expect(exit).toBe(1);
    expect(err).toContain('DEMO_IN_PRODUCTION');
  });
});
