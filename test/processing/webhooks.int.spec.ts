import type { Role } from '../../apps/processor/roles.ts';
import { event, openWebhookBench, signed, type WebhookBench } from './webhook-bench.ts';

let bench: WebhookBench;

const open = async (...options: Parameters<typeof openWebhookBench>): Promise<void> => {
  bench = await openWebhookBench(...options);
};

afterEach(async () => {
  await bench.close();
});

const bank = async (
  change: 'settle' | 'fail' | 'reverse',
  providerRefundId: string | null,
): Promise<void> => {
  await bench.sandbox.changeRefund('razorpay', providerRefundId ?? '', change);
};
/** New refunds of the bank are pending until it says more. */
const slowBank = async (): Promise<void> => {
  await bench.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
};
const fault = async (mode: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  await bench.sandbox.addFault('razorpay', {
    operation: 'create',
    mode,
    count: 1,
    probability: 1,
    seed: 1,
    ...fields,
  });
};
const eventually = async <T>(ask: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> => {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (performance.now() > deadlineMs) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const eventIds = async (): Promise<readonly string[]> => await bench.eventIds();
/** What the sandbox says of its webhooks. */
const deliveries = async (): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await fetch(`${bench.sandbox.url}/_sandbox/webhooks`);
  const { webhooks } = (await answer.json()) as { webhooks: Readonly<Record<string, unknown>>[] };
  return webhooks[0] ?? {};
};
const lookUpRows = async (): Promise<number> =>
  (await bench.sql.query('select from refundry.look_up')).rowCount ?? 0;
const lookUpCalls = async (): Promise<number> =>
  (await bench.sql.query(`select from refundry.call where verb = 'lookUp'`)).rowCount ?? 0;
const completed = async (refundId: string, amount = '10.00'): Promise<{ id: string; paymentId: string }> => {
  const paymentId = await bench.payment();
  await bench.request(refundId, paymentId, amount);
  const { refund } = await bench.until(refundId, 'completed');
  return { id: refund.providerRefundId ?? '', paymentId };
};
const sums = async (): Promise<unknown> =>
  (await bench.sql.query('select completed::text, reserved::text, external::text from refundry.payment'))
    .rows;

describe('a processor that does not poll', () => {
  it('hears of the bank’s decision at once, from the sandbox it told its address', async () => {
    await open();
    await slowBank();
    const paymentId = await bench.payment();
    await bench.request('a', paymentId);
    const { refund } = await bench.until('a', 'pending');
    await bank('settle', refund.providerRefundId);
    const report = await bench.until('a', 'completed');
    expect(report.calls.filter(({ verb }) => verb === 'lookUp')).toMatchObject([
      { verdict: 'found succeeded' },
    ]);
    expect(await bench.states('a')).toEqual(['requested', 'pending', 'completed']);
    expect(await lookUpRows()).toBe(0);
  });

  it('hears it through another process that only takes webhooks', async () => {
    await open({ roles: ['http'] });
    await bench.start(['intake', 'executor', 'relay']);
    await slowBank();
    await bench.request('a', await bench.payment());
    const { refund } = await bench.until('a', 'pending');
    await bank('settle', refund.providerRefundId);
    await bench.until('a', 'completed');
    expect(await lookUpCalls()).toBe(1);
  });

  it('finds a refund whose answer was lost by the payment that the webhook names', async () => {
    await open();
    await slowBank();
    await fault('drop-after-process');
    await bench.request('a', await bench.payment());
    await bench.until('a', 'unknown');
    const [booked] = await bench.sandbox.refunds('razorpay');
    await bank('settle', booked?.id ?? null);
    const { refund } = await bench.until('a', 'completed');
    expect(refund.providerRefundId).toBe(booked?.id);
    expect(await bench.sandbox.refunds('razorpay')).toHaveLength(1);
  });

  it('looks at once when the webhook came before the answer of its own call', async () => {
    await open();
    await slowBank();
    await fault('slow-body', { delayMs: 1500 });
    await bench.request('a', await bench.payment());
    const [booked] = await eventually(
      async () => await bench.sandbox.refunds('razorpay'),
      ({ length }) => length > 0,
    );
    await bank('settle', booked?.id ?? null);
    await eventually(eventIds, ({ length }) => length === 2);
    await bench.until('a', 'completed');
    expect(await bench.states('a')).toEqual(['requested', 'pending', 'completed']);
  });
});

describe('a refund that fails at the bank after it was processed', () => {
  it.each(['fail', 'reverse'] as const)(
    '(%s) is reversed, booked back, and its money can be refunded again',
    async (change) => {
      await open();
      const { id, paymentId } = await completed('a', '100.00');
      await bank(change, id);
      const { journal } = await bench.until('a', 'reversed');
      const result = journal.at(-1);
      expect(result?.resultType).toBe('RefundReversed');
      const lines = (type: string): unknown =>
        (
          JSON.parse(journal.find(({ resultType }) => resultType === type)?.result ?? '{}') as {
            lines?: unknown;
          }
        ).lines;
      expect(lines('RefundReversed')).toEqual([
        { account: 'test:provider:razorpay:default', debit: '100.00', currency: 'INR' },
        { account: 'test:refunds:razorpay:default', credit: '100.00', currency: 'INR' },
      ]);
      expect(await sums()).toEqual([{ completed: '0', reserved: '0', external: '0' }]);
      expect(await lookUpRows()).toBe(0);
      await bench.request('b', paymentId, '100.00');
      await bench.until('b', 'completed');
      const { refunded } = await bench.sandbox.payment('razorpay', paymentId);
      expect(Number(refunded)).toBe(100);
    },
  );
});

describe('a look-up of a completed refund', () => {
  it('ends when it shows nothing new', async () => {
    await open();
    const refund = await completed('a');
    const body = event({ ...refund, status: 'pending' });
    expect(await bench.post(body)).toBe(200);
    await eventually(lookUpCalls, (calls) => calls === 1);
    await eventually(lookUpRows, (rows) => rows === 0);
    expect(await bench.states('a')).toEqual(['requested', 'completed']);
  });

  it('is not made when the webhook only tells what is stored', async () => {
    await open();
    await completed('a');
    await eventually(eventIds, ({ length }) => length === 2);
    expect(await lookUpRows()).toBe(0);
    expect(await lookUpCalls()).toBe(0);
  });

  it('is made again while the provider does not answer', async () => {
    await open({ account: { timing: { pollFirstMs: 50, pollMaxMs: 50 } } });
    const { id } = await completed('a');
    await fault('status', { operation: 'lookup', status: 503, count: 2 });
    await bank('fail', id);
    await bench.until('a', 'reversed');
    expect(await lookUpCalls()).toBe(3);
  });
});

describe('webhooks in trouble', () => {
  const REFUNDS = 20;
  const STATES = ['requested', 'pending', 'completed', 'reversed'];

  const allSettled = async (): Promise<void> => {
    const ids = Array.from({ length: REFUNDS }, (_none, index) => `r${String(index)}`);
    await slowBank();
    for (const id of ids) await bench.request(id, await bench.payment());
    for (const id of ids) await bench.until(id, 'pending');
    const booked = await bench.sandbox.refunds('razorpay');
    for (const { id } of booked) await bank('settle', id);
    for (const id of ids) await bench.until(id, 'completed');
    for (const { id } of booked.slice(0, REFUNDS / 2)) await bank('fail', id);
    const failed = booked.slice(0, REFUNDS / 2).map(({ id }) => id);
    for (const id of ids) {
      const { rows } = await bench.sql.query<{ bound: string }>(
        'select provider_refund_id as bound from refundry.refund where refund_id = $1',
        [id],
      );
      const isFailed = failed.includes(rows[0]?.bound ?? '');
      await bench.until(id, isFailed ? 'reversed' : 'completed');
      expect(await bench.states(id)).toEqual(STATES.slice(0, isFailed ? 4 : 3));
    }
  };

  it('repeated and shuffled › each event is one row, each refund changes once', async () => {
    await open();
    const url = `${bench.url}/webhooks/razorpay/default`;
    await bench.sandbox.sendWebhooksTo('razorpay', url, { order: 'shuffled', duplicates: 3 });
    await allSettled();
    // Created and settled for each, failed for half of them.
    await eventually(
      async () => (await deliveries())['waiting'],
      (waiting) => waiting === 0,
    );
    expect(await eventIds()).toHaveLength(REFUNDS * 2.5);
    expect(await deliveries()).toMatchObject({ delivered: REFUNDS * 2.5 * 4, failedTries: 0 });
    await eventually(lookUpRows, (rows) => rows === 0);
  });

  it('half of them lost › polls find what they would have told of open refunds', async () => {
    await open({ account: { timing: { pollFirstMs: 100, pollMaxMs: 100 } } });
    const url = `${bench.url}/webhooks/razorpay/default`;
    await slowBank();
    await bench.sandbox.sendWebhooksTo('razorpay', url, { loss: 0.5 });
    const ids = Array.from({ length: REFUNDS }, (_none, index) => `r${String(index)}`);
    for (const id of ids) await bench.request(id, await bench.payment());
    for (const id of ids) await bench.until(id, 'pending');
    for (const { id } of await bench.sandbox.refunds('razorpay')) await bank('settle', id);
    for (const id of ids) {
      await bench.until(id, 'completed');
      expect(await bench.states(id)).toEqual(['requested', 'pending', 'completed']);
    }
    expect((await bench.eventIds()).length).toBeLessThan(REFUNDS * 2);
  });

  it('late, telling of success after the failure › change nothing', async () => {
    await open();
    const refund = await completed('a');
    await bank('fail', refund.id);
    await bench.until('a', 'reversed');
    const late = event({ ...refund, status: 'processed' });
    expect(await bench.post(late, signed(late, 'evt_late'))).toBe(200);
    await eventually(lookUpCalls, (calls) => calls === 2);
    await eventually(lookUpRows, (rows) => rows === 0);
    expect(await bench.states('a')).toEqual(['requested', 'completed', 'reversed']);
    expect(bench.log.filter((line) => line.includes('"error"'))).toEqual([]);
  });
});

describe('the address', () => {
  it('refuses what the provider did not sign, stores none of it, and keeps the log free of it', async () => {
    await open();
    const refund = await completed('a');
    await eventually(eventIds, ({ length }) => length === 2);
    const [refused, own] = [await bench.metric('forged'), await bench.eventIds()];
    const body = event({ ...refund, status: 'failed' });
    for (const headers of [
      {},
      signed(body, 'evt_f1', 'other-secret'),
      signed(body, 'evt_f2', 'sandbox_secret'),
      signed(`${body} `, 'evt_f3'),
    ])
      expect(await bench.post(body, headers)).toBe(401);
    expect(await bench.metric('forged')).toBe(refused + 4);
    expect((await bench.eventIds()).toSorted()).toEqual([...own].toSorted());
    expect(await lookUpRows()).toBe(0);
    expect(bench.log.join('')).toContain('it is not what the provider signed');
    expect(bench.log.join('')).not.toMatch(/sandbox_webhook_secret|evt_f|x-razorpay-signature/);
  });

  it('takes one event id once', async () => {
    await open();
    const refund = await completed('a');
    const body = event({ ...refund, status: 'pending' });
    const repeated = await bench.metric('repeated');
    for (let delivery = 0; delivery < 3; delivery += 1)
      expect(await bench.post(body, signed(body, 'evt_once'))).toBe(200);
    expect((await bench.eventIds()).filter((id) => id === 'evt_once')).toHaveLength(1);
    expect(await bench.metric('repeated')).toBe(repeated + 2);
  });

  it('ignores the provider’s own refund of a payment that was never captured', async () => {
    await open();
    const refund = await completed('a');
    await eventually(eventIds, ({ length }) => length === 2);
    const body = event({ ...refund, status: 'failed' }, false);
    expect(await bench.post(body, signed(body, 'evt_uncaptured'))).toBe(200);
    expect(await bench.eventIds()).not.toContain('evt_uncaptured');
    expect(await lookUpRows()).toBe(0);
  });

  it('takes what is signed with the secret before, while it rotates', async () => {
    await open({ account: { settings: { webhookSecret: 'the-new-one,sandbox_webhook_secret' } } });
    const { id } = await completed('a');
    await bank('fail', id);
    await bench.until('a', 'reversed');
    expect(await deliveries()).toMatchObject({ failedTries: 0 });
  });

  it.each([
    ['exactly the largest body', 262_144, 401],
    ['one byte more', 262_145, 413],
  ])('reads %s', async (_what, bytes, status) => {
    await open();
    expect(await bench.post('x'.repeat(bytes), {})).toBe(status);
    expect(await bench.eventIds()).toEqual([]);
  });

  it.each(['/webhooks/razorpay/other', '/webhooks/braintree/default', '/webhooks/razorpay/default/more'])(
    '%s is nobody’s',
    async (path) => {
      await open();
      expect(await bench.post('{}', signed('{}'), path)).toBe(404);
    },
  );

  it('answers no challenge of a provider that asks none', async () => {
    await open();
    const answer = await fetch(`${bench.url}/webhooks/razorpay/default?bt_challenge=20f38def`);
    expect(answer.status).toBe(404);
  });

  it('asks the sender to come again while the database is away, and then takes it', async () => {
    await open();
    const { id } = await completed('a');
    await eventually(eventIds, ({ length }) => length === 2);
    const notStored = await bench.metric('notStored');
    await bench.sql.query('begin');
    await bench.sql.query('lock table refundry.webhook_event in access exclusive mode');
    await bank('fail', id);
    await eventually(
      async () => await bench.metric('notStored'),
      (count) => count === notStored + 1,
    );
    expect(await bench.states('a')).toEqual(['requested', 'completed']);
    await bench.sql.query('rollback');
    await bench.sandbox.advanceClock(60_000);
    await bench.until('a', 'reversed');
  });
});

describe('a processor at a sandbox that does not take its address', () => {
  it('starts all the same and says so', async () => {
    await open({ roles: ['http'] });
    const roles: readonly Role[] = ['http'];
    await bench.sandbox.stopWebhooks();
    const { port } = await bench.start(roles, {}, { sandboxUrl: 'http://127.0.0.1:1' });
    expect(port).not.toBeNull();
    expect(bench.log.join('')).toContain('the sandbox will send no webhooks here');
  });
});
