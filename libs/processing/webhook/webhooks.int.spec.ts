import type { WebhookHint } from '#libs/provider-kit';
import { Database, WebhookStore } from '#libs/store';
import { AccountBook, type ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import { WEBHOOK_OPTIONS, Webhooks } from './webhooks.ts';

/** Nobody listens there. */
const AWAY = 'postgres://refundry@127.0.0.1:1/refundry';

const LOOK: WebhookHint = { kind: 'look', eventId: 'e1', paymentId: 'pay_1', providerRefundId: 'rfnd_1' };

let database: Database;
let counts: string[];
let log: string[];

beforeEach(() => {
  database = new Database(AWAY, () => undefined);
  counts = [];
  log = [];
});
afterEach(async () => {
  await database.close();
});

const webhooks = (hint: WebhookHint, options = WEBHOOK_OPTIONS): Webhooks => {
  const module = {
    webhooks: {
      readWebhook: () => hint,
      answerChallenge: (_account: unknown, query: Readonly<Record<string, string | undefined>>) =>
        query['bt_challenge'] === 'asked' ? 'answered' : null,
    },
  };
  const asking = {
    accountNo: 1,
    merchantNo: 1,
    account: { provider: 'asking', name: 'default' },
    module,
  } as unknown as ProcessingAccount;
  const silent = { ...asking, account: { ...asking.account, provider: 'silent' }, module: {} };
  const watch = {
    log: (level: string, message: string) => {
      log.push(`${level} ${message}`);
    },
    webhook: (provider: string, verdict: string) => {
      counts.push(`${provider} ${verdict}`);
    },
  } as unknown as Watch;
  const book = new AccountBook([asking, silent as unknown as ProcessingAccount]);
  return new Webhooks(new WebhookStore(database), book, watch, () => undefined, options);
};

const receive = async (hint: WebhookHint, provider = 'asking', name = 'default'): Promise<string> =>
  await webhooks(hint).receive(provider, name, Buffer.from('{}'), {});

describe('a webhook', () => {
  it('is answered at once as not stored while the database is away, and counted', async () => {
    const startedAtMs = performance.now();
    expect(await receive(LOOK)).toBe('notStored');
    expect(performance.now() - startedAtMs).toBeLessThan(WEBHOOK_OPTIONS.answerWithinMs);
    expect(counts).toEqual(['asking notStored']);
    expect(log).toEqual(['error a webhook could not be stored; its sender has to repeat it']);
  });

  it.each([
    ['other', 'default'],
    ['asking', 'other'],
    ['silent', 'default'],
  ])('to %s/%s is nobody’s, and the address becomes no label', async (provider, name) => {
    expect(await receive(LOOK, provider, name)).toBe('noAccount');
    expect(counts).toEqual(['none noAccount']);
  });

  it.each([
    ['forged', { kind: 'forged', why: 'no signature' }],
    ['ignored', { kind: 'ignore', eventId: 'e1', why: 'not about a refund' }],
    ['ignored', { ...LOOK, eventId: 'with\u0000nul' }],
    ['ignored', { ...LOOK, eventId: '' }],
    ['ignored', { ...LOOK, eventId: 'e'.repeat(256) }],
  ] as const)('that is %s needs no database', async (verdict, hint) => {
    expect(await receive(hint)).toBe(verdict);
  });

  it('that comes again and again is told once', async () => {
    const taking = webhooks({ kind: 'forged', why: 'no signature' });
    for (let time = 0; time < 3; time += 1) await taking.receive('asking', 'default', Buffer.from(''), {});
    expect(log).toHaveLength(1);
    expect(counts).toHaveLength(3);
  });
});

describe('a challenge', () => {
  it.each([
    ['asking', 'default', { bt_challenge: 'asked' }, 'answered'],
    ['asking', 'default', { bt_challenge: 'other' }, null],
    ['asking', 'default', {}, null],
    ['asking', 'other', { bt_challenge: 'asked' }, null],
    ['silent', 'default', { bt_challenge: 'asked' }, null],
  ] as const)('to %s/%s with %j is answered %j', (provider, name, query, answer) => {
    expect(webhooks(LOOK).answerChallenge(provider, name, query)).toBe(answer);
  });
});
