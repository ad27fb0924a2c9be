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
    expect(out).not.toContain('BRAINTREE');
  });

  it.each([
    ['demo'],
    ['migrate'],
    ['topics', 'create'],
    ['refund', 'request'],
    ['refund', 'show'],
    ['account', 'stop'],
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
    [['account', 'stop', 'a/b/c', '--reason', 'x'], /provider\/account/],
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
