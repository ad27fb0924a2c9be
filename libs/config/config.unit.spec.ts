import { configSecrets, ConfigurationError, ENVIRONMENT, readConfig, type Fault } from './index.ts';
import { PROVIDERS } from './providers.ts';

const RAZORPAY = { RAZORPAY_KEY_ID: 'rzp_live_k1', RAZORPAY_KEY_SECRET: 'sesame-open-9' };
const SANDBOX = { SANDBOX_URL: 'http://127.0.0.1:4010' };

function withFile(document: unknown, env: Readonly<Record<string, string>> = SANDBOX) {
  return readConfig(
    { ...env, REFUNDRY_CONFIG: 'refundry.json' },
    { readFile: () => (typeof document === 'string' ? document : JSON.stringify(document)) },
  );
}

function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

function names(read: () => unknown): readonly string[] {
  return faultsOf(read).map(({ name }) => name);
}

describe('SANDBOX_URL alone', () => {
  const config = readConfig({ SANDBOX_URL: 'http://127.0.0.1:4010/' });

  it('defines the default account with the credentials and the quick schedules of the sandbox', () => {
    expect(config.accounts.map(({ provider }) => provider)).toEqual(Object.keys(PROVIDERS));
    expect(config.accounts.find(({ provider }) => provider === 'razorpay')).toMatchObject({
      name: 'default',
      merchant: 'default',
      profile: 'sandbox',
      verify: 'first',
      settings: {
        keyId: 'rzp_test_sandbox',
        keySecret: 'sandbox_secret',
        webhookSecret: 'sandbox_webhook_secret',
        baseUrl: 'http://127.0.0.1:4010',
      },
      timing: { firstLookUpMs: 200, pollMaxMs: 1000, spacingMs: 0, visibilityDelayMs: 1000 },
    });
  });

  it("names Braintree's merchant id as the merchant, and its money as test money", () => {
    expect(config.accounts.find(({ provider }) => provider === 'braintree')).toMatchObject({
      merchant: 'sandbox_merchant',
      profile: 'sandbox',
      settings: { merchantId: 'sandbox_merchant', environment: 'sandbox', baseUrl: 'http://127.0.0.1:4010' },
    });
  });

  it("names RoboKassa's shop as the merchant", () => {
    expect(config.accounts.find(({ provider }) => provider === 'robokassa')).toMatchObject({
      name: 'default',
      merchant: 'demo',
      profile: 'sandbox',
      settings: { login: 'demo', password3: 'password3', baseUrl: 'http://127.0.0.1:4010' },
    });
  });

  it('leaves bus and database embedded and everything else at its default', () => {
    expect(config).toMatchObject({
      bus: { kind: 'embedded' },
      database: { kind: 'embedded' },
      groupId: 'refundry',
      http: { host: '127.0.0.1', port: 3000 },
      topics: { requested: 'refunds.requested.v1', deadLetters: 'refunds.requested.v1.dlq' },
      createTopics: true,
      statusEvents: true,
      executor: { leaseMs: 30_000, callTimeoutMs: 10_000, concurrency: 64 },
      limits: { payloadBytesMax: 262_144, graceMs: 25_000, partitions: 12 },
      warnings: [],
    });
    expect(config.dataDirectory).toMatch(/^\/.*\.refundry$/);
  });

  it('is frozen to the last part', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.accounts[0]?.settings)).toBe(true);
    expect(Object.isFrozen(config.executor)).toBe(true);
  });
});

describe('faults', () => {
  it('are reported all at once, environment and file together', () => {
    const read = () =>
      withFile(
        { executor: { leaseMs: 'long', leesMs: 1 }, topics: { results: 'a b' }, extra: 1 },
        { KAFKA_BROKERS: 'one;two', PORT: '70000', TOPICS_CREATE: 'maybe', DATABASE_URL: 'mysql://h/d' },
      );
    expect(names(read).toSorted()).toEqual(
      [
        'KAFKA_BROKERS',
        'PORT',
        'TOPICS_CREATE',
        'DATABASE_URL',
        'executor.leaseMs',
        'executor.leesMs',
        'topics.results',
        'extra',
        'accounts',
      ].toSorted(),
    );
  });

  it('never contain a secret, whatever is wrong with it', () => {
    const secret = 'sesame-open-9';
    const read = () =>
      readConfig({
        RAZORPAY_KEY_SECRET: secret,
        RAZORPAY_BASE_URL: `nonsense ${secret}`,
        DATABASE_URL: `http://user:${secret}@host/db`,
        KAFKA_BROKERS: `user:${secret}@host:9092`,
        KAFKA_SASL_PASSWORD: secret,
        SANDBOX_URL: `ftp://${secret}`,
      });
    const faults = faultsOf(read);
    expect(faults.length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(faults)).not.toContain(secret);
    expect(String(new ConfigurationError(faults))).not.toContain(secret);
  });

  it.each(['DATABASE_URL', 'SANDBOX_URL', 'RAZORPAY_BASE_URL'])(
    'say that a percent sign in %s has to be written as one',
    (name) => {
      const scheme = name === 'DATABASE_URL' ? 'postgres' : 'https';
      const read = (password: string) => () =>
        configSecrets(readConfig({ ...RAZORPAY, [name]: `${scheme}://user:${password}@host/path` }));
      expect(faultsOf(read('50%')).filter((fault) => fault.name === name)).toEqual([
        { name, message: 'holds a % that begins no escape: write a percent sign as %25' },
      ]);
      expect(faultsOf(read('50%25')).filter((fault) => fault.name === name)).toEqual([]);
    },
  );

  it('quote nothing of a file that is not JSON', () => {
    const read = () => withFile('{"accounts": [{"keySecret": "sesame-open-9" oops');
    expect(names(read)).toEqual(['REFUNDRY_CONFIG']);
    expect(JSON.stringify(faultsOf(read))).not.toContain('sesame');
  });

  it('suggest the name that was probably meant', () => {
    const read = () => withFile({ executor: { leaseMS: 30_000, callTimeoutMz: 1 } });
    expect(faultsOf(read).map(({ message }) => message)).toEqual([
      'unknown; did you mean leaseMs?',
      'unknown; did you mean callTimeoutMs?',
    ]);
  });
});

describe('accounts', () => {
  it('are required, and the fault names what to set', () => {
    const [fault, ...others] = faultsOf(() => readConfig({}));
    expect(others).toEqual([]);
    expect(fault?.message).toMatch(/SANDBOX_URL.*RAZORPAY_.*REFUNDRY_CONFIG/);
  });

  it('are not asked for by tools that call no provider', () => {
    expect(readConfig({}, { accountsOptional: true }).accounts).toEqual([]);
  });

  it('are refused when real credentials stand beside SANDBOX_URL, in the environment or in the file', () => {
    expect(names(() => readConfig({ ...SANDBOX, ...RAZORPAY }))).toEqual([
      'RAZORPAY_KEY_ID',
      'RAZORPAY_KEY_SECRET',
    ]);
    const india = {
      provider: 'razorpay',
      name: 'india',
      settings: { keyId: 'rzp_live_2', keySecret: 'other-secret' },
    };
    expect(names(() => withFile({ accounts: [india] }))).toEqual(['accounts[0]']);
  });

  it('need every required credential', () => {
    expect(names(() => readConfig({ RAZORPAY_KEY_ID: 'rzp_live_k1' }))).toEqual(['RAZORPAY_KEY_SECRET']);
    expect(names(() => readConfig({ ROBOKASSA_PASSWORD3: 'password-3' }))).toEqual([
      'ROBOKASSA_LOGIN',
      'ROBOKASSA_PASSWORD2',
    ]);
  });

  it('of one merchant identity, or of one key, are refused', () => {
    const entry = (name: string, settings: object) => ({ provider: 'razorpay', name, settings });
    const same = { keySecret: 'other-secret', accountId: 'acc_1' };
    const read = (accounts: readonly object[]) => () => withFile({ accounts }, RAZORPAY);
    expect(
      faultsOf(read([entry('a', { keyId: 'k-a', ...same }), entry('b', { keyId: 'k-b', ...same })])).map(
        ({ message }) => message,
      ),
    ).toEqual(['razorpay/a and razorpay/b have one merchant identity: keep one of them']);
    expect(
      faultsOf(read([entry('a', { keyId: RAZORPAY.RAZORPAY_KEY_ID, keySecret: 'x' })])).map(
        ({ message }) => message,
      ),
    ).toEqual(['razorpay/default and razorpay/a use one key, so they are one merchant: keep one of them']);
    expect(names(read([entry('default', { keyId: 'k-c', keySecret: 'x' })]))).toEqual(['accounts']);
  });

  it('of the file take secrets from the environment, and report what is unknown by its path', () => {
    const account = (settings: object, more: object = {}) => ({
      accounts: [{ provider: 'razorpay', name: 'india', settings, ...more }],
    });
    const env = { ...RAZORPAY, INDIA_SECRET: 'from-env' };
    const config = withFile(
      account(
        { keyId: 'k', keySecret: { env: 'INDIA_SECRET' }, accountId: 'acc_9' },
        { verify: 'always', concurrency: 8, ratePerSecond: 20, timing: { pollMaxMs: 60_000 } },
      ),
      env,
    );
    expect(config.accounts[1]).toMatchObject({
      name: 'india',
      merchant: 'acc_9',
      profile: 'live',
      verify: 'always',
      concurrency: 8,
      ratePerSecond: 20,
      timing: { pollMaxMs: 60_000 },
      settings: { keySecret: 'from-env' },
    });
    expect(
      names(() =>
        withFile(account({ keyId: 'k', keySecrit: 'x', keySecret: { env: 'NOT_SET' } }, { speed: 1 }), env),
      ).toSorted(),
    ).toEqual(['accounts[0].settings.keySecret', 'accounts[0].settings.keySecrit', 'accounts[0].speed']);
  });
});

describe('with NODE_ENV=production', () => {
  it('refuses the embedded database and the embedded bus', () => {
    expect(names(() => readConfig({ ...RAZORPAY, NODE_ENV: 'production' }))).toEqual([
      'DATABASE_URL',
      'KAFKA_BROKERS',
    ]);
  });

  it('starts with both given', () => {
    const config = readConfig({
      ...RAZORPAY,
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://refundry:pass-word-1@db:5432/refundry',
      KAFKA_BROKERS: 'k1:9092, k2:9092',
      KAFKA_SSL_CA: '/etc/ca.pem',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'refundry',
      KAFKA_SASL_PASSWORD: 'kafka-pass-1',
    });
    expect(config.bus).toEqual({
      kind: 'kafka',
      brokers: ['k1:9092', 'k2:9092'],
      ssl: { caFile: '/etc/ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'refundry', password: 'kafka-pass-1' },
    });
    expect(configSecrets(config)).toEqual(
      expect.arrayContaining(['sesame-open-9', 'kafka-pass-1', 'pass-word-1']),
    );
  });
});

describe('limits', () => {
  it('of one call must end before the lease', () => {
    expect(names(() => withFile({ executor: { leaseMs: 20_000 } }))).toEqual(['executor.callTimeoutMs']);
    expect(withFile({ executor: { leaseMs: 20_001 } }).executor.leaseMs).toBe(20_001);
  });

  it('of one send must end before the lease of its shard', () => {
    expect(names(() => withFile({ relay: { leaseMs: 5000 } }))).toEqual(['relay.sendTimeoutMs']);
  });

  it('accept a share only where one is meant', () => {
    expect(names(() => withFile({ executor: { concurrency: 1.5, lookUpShare: 0.5 } }))).toEqual([
      'executor.concurrency',
    ]);
  });
});

describe('books', () => {
  it('name their accounts by default, and otherwise as they are told', () => {
    expect(withFile({}).books).toEqual({
      refunds: 'refunds:{provider}:{account}',
      provider: 'provider:{provider}:{account}',
      external: 'external:{provider}:{account}',
    });
    const refunds = 'Expenses:Refunds:{currency}.{account}';
    expect(withFile({ books: { refunds } }).books).toMatchObject({
      refunds,
      provider: 'provider:{provider}:{account}',
    });
  });

  it.each([
    'two words',
    '',
    ':a',
    'a:',
    'a::b',
    '{merchant}',
    'a;b',
    'test',
    'test:refunds',
    'Test:x',
    '1x',
    'a'.repeat(121),
    7,
  ])('take no account %j', (name) => {
    expect(names(() => withFile({ books: { external: name } }))).toEqual(['books.external']);
  });

  it('need two accounts for an entry', () => {
    expect(names(() => withFile({ books: { refunds: 'x', provider: 'x' } }))).toEqual(['books']);
    expect(names(() => withFile({ books: { external: 'x', provider: 'x' } }))).toEqual(['books']);
    expect(names(() => withFile({ books: { refund: 'x' } }))).toEqual(['books.refund']);
  });
});

describe('topics', () => {
  it('let the dead-letter topic follow the topic of the requests, and must differ', () => {
    expect(withFile({ topics: { requested: 'eu.requests' } }).topics).toMatchObject({
      deadLetters: 'eu.requests.dlq',
      seals: 'eu.requests.seals',
    });
    expect(withFile({}).topics.seals).toBe('refunds.seals.v1');
    expect(names(() => withFile({ topics: { results: 'refunds.status.v1' } }))).toEqual(['topics']);
  });
});

describe('warnings', () => {
  it('name a variable that is nearly one of ours, without its value', () => {
    const config = readConfig({ ...SANDBOX, KAFKA_BROKER: 'private-1' });
    expect(config.warnings).toEqual([
      { name: 'KAFKA_BROKER', message: 'is not read; did you mean KAFKA_BROKERS?' },
    ]);
    expect(JSON.stringify(config.warnings)).not.toContain('private-1');
  });
});

describe('the list of variables', () => {
  it('names each once and marks every secret', () => {
    const listed = ENVIRONMENT.map(({ name }) => name);
    expect(new Set(listed).size).toBe(listed.length);
    for (const variable of ENVIRONMENT) {
      expect([variable.name, variable.secret]).toEqual([
        variable.name,
        /SECRET|PASSWORD|PRIVATE_KEY|DATABASE_URL/.test(variable.name),
      ]);
    }
  });
});
