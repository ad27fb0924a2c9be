import {
  SCHEMA_VERSION,
  WebhookStore,
  type ClaimedLookUp,
  type ClaimedRefund,
  type SettleRow,
} from './index.ts';
import { TAKE_WEBHOOKS } from './statements/take-webhooks.ts';
import {
  acceptRow,
  armRow,
  lookAgainRow,
  openStore,
  settleRow,
  takeWebhooksOn,
  TO_UNKNOWN,
  untilBlocked,
  webhookRow,
  without,
  type StoreFixture,
} from './testing/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WAITING_MAX = 10_000;

let store: StoreFixture;
let webhooks: WebhookStore;

beforeAll(async () => {
  store = await openStore();
  webhooks = new WebhookStore(store.database);
});
beforeEach(async () => {
  await store.empty();
});
afterAll(async () => {
  await store.close();
});

const armed = async (refundId: string, paymentId = 'pay_1'): Promise<ClaimedRefund> => {
  await store.take([acceptRow(refundId, { paymentId })]);
  const claimed = await store.claimOne();
  const answer = await store.executor.arm(armRow(claimed));
  if (answer.kind !== 'armed') throw new Error(`${refundId} was not armed`);
  return { ...claimed, version: answer.version };
};

/** As an answer leaves it: bound to `rfnd_<refundId>`, out of the lane, its next look-up in an hour. */
const PENDING: Partial<SettleRow> = {
  to: 'pending',
  release: '0',
  complete: '0',
  held: '10.00',
  lookUpMs: HOUR_MS,
};

const settled = async (refund: ClaimedRefund, change: Partial<SettleRow> = {}): Promise<void> => {
  const { applied } = await store.executor.settle(settleRow(refund, change));
  expect(applied).toBe(true);
};

const pending = async (refundId: string, paymentId?: string): Promise<void> => {
  await settled(await armed(refundId, paymentId), PENDING);
};
const unknown = async (refundId: string, paymentId?: string): Promise<void> => {
  await settled(await armed(refundId, paymentId), { ...TO_UNKNOWN, lookUpMs: HOUR_MS });
};
const completed = async (refundId: string, paymentId?: string): Promise<void> => {
  await settled(await armed(refundId, paymentId));
};

const claimLookUps = async (): Promise<ClaimedLookUp[]> =>
  await store.executor.claimLookUps([{ accountNo: 1, count: 10 }], 30_000);
const claimLookUp = async (): Promise<ClaimedLookUp> => {
  const [look] = await claimLookUps();
  if (look === undefined) throw new Error('no look-up is due');
  return look;
};
const due = async (): Promise<readonly string[]> =>
  (await claimLookUps()).map(({ refundId }) => refundId).toSorted();
const lookUps = async (): Promise<number> =>
  (await store.sql.query('select from refundry.look_up')).rowCount ?? 0;
const kept = async (): Promise<readonly string[]> =>
  (
    await store.sql.query<{ id: string }>('select event_id as id from refundry.webhook_event order by 1')
  ).rows.map(({ id }) => id);

describe('a webhook', () => {
  it('is kept once; a repetition makes nothing due', async () => {
    await pending('r1');
    expect(await webhooks.take(webhookRow('e1'))).toEqual({ isNew: true, hinted: true });
    const look = await claimLookUp();
    await store.executor.lookAgain(lookAgainRow(look, { dueMs: HOUR_MS }));
    expect(await webhooks.take(webhookRow('e1'))).toEqual({ isNew: false, hinted: false });
    expect(await due()).toEqual([]);
    expect(await kept()).toEqual(['e1']);
  });

  it('is another one of another merchant', async () => {
    await webhooks.take(webhookRow('e1'));
    expect(await webhooks.take(webhookRow('e1', { merchantNo: 2 }))).toMatchObject({ isNew: true });
  });

  it('changes no refund', async () => {
    await pending('r1');
    await completed('r2', 'pay_2');
    const rows = async (): Promise<readonly unknown[]> =>
      (
        await store.sql.query<Record<string, unknown>>(
          'select r.*, p.* from refundry.refund r join refundry.payment p using (payment_no) order by 1',
        )
      ).rows;
    const before = await rows();
    await webhooks.take(webhookRow('e1', { shows: 'failed' }));
    await webhooks.take(
      webhookRow('e2', { paymentId: 'pay_2', providerRefundId: 'rfnd_r2', shows: 'failed' }),
    );
    expect(await due()).toEqual(['r1', 'r2']);
    expect(await rows()).toEqual(before);
  });

  it('about nothing of ours is kept and makes nothing due', async () => {
    await unknown('r1');
    const foreign = webhookRow('e1', { paymentId: 'pay_9', providerRefundId: 'rfnd_9' });
    expect(await webhooks.take(foreign)).toEqual({ isNew: true, hinted: false });
    expect(await due()).toEqual([]);
  });
});

describe('what a webhook makes due', () => {
  it.each([
    ['pending', 'succeeded', true],
    ['pending', 'failed', true],
    ['pending', null, true],
    ['pending', 'pending', false],
    ['completed', 'failed', true],
    ['completed', 'pending', true],
    ['completed', null, true],
    ['completed', 'succeeded', false],
  ] as const)('a refund that is %s, shown as %s: %s', async (state, shows, isDue) => {
    await (state === 'pending' ? pending('r1') : completed('r1'));
    await webhooks.take(webhookRow('e1', { shows }));
    expect(await due()).toEqual(isDue ? ['r1'] : []);
  });

  it.each([
    ['failed', 'failed', false],
    ['failed', 'succeeded', true],
    ['reversed', 'failed', false],
    ['reversed', 'succeeded', true],
  ] as const)('a refund that ended as %s, shown as %s: %s', async (to, shows, isDue) => {
    await settled(await armed('r1'), { to, complete: '0' });
    await webhooks.take(webhookRow('e1', { shows }));
    expect(await due()).toEqual(isDue ? ['r1'] : []);
  });

  it('is the refund that owns the named provider refund, and no other of the payment', async () => {
    await pending('r1');
    await pending('r2');
    await unknown('r3');
    await webhooks.take(webhookRow('e1', { providerRefundId: 'rfnd_r2' }));
    expect(await due()).toEqual(['r2']);
  });

  it('is every refund without a provider refund when the named one is nobody’s', async () => {
    await pending('r1');
    await unknown('r2');
    await unknown('r3', 'pay_2');
    await webhooks.take(webhookRow('e1', { providerRefundId: 'rfnd_new' }));
    expect(await due()).toEqual(['r2']);
  });

  it('is every open refund of the payment when only that is named', async () => {
    await pending('r1');
    await completed('r2');
    await unknown('r3');
    await webhooks.take(webhookRow('e1', { providerRefundId: null }));
    expect(await due()).toEqual(['r1', 'r3']);
  });

  it('is not a refund whose call is out: its answer is about to come', async () => {
    await armed('r1');
    expect(await webhooks.take(webhookRow('e1'))).toMatchObject({ hinted: false });
    expect(await lookUps()).toBe(0);
  });

  it('stays due when it was due earlier', async () => {
    await settled(await armed('r1'), { ...PENDING, lookUpMs: -HOUR_MS });
    await webhooks.take(webhookRow('e1'));
    const { rows } = await store.sql.query<{ late: boolean }>(
      `select due_at < now() - interval '59 minutes' as late from refundry.look_up`,
    );
    expect(rows).toEqual([{ late: true }]);
  });
});

describe('a webhook that comes while a look-up is under way', () => {
  it('is looked at by another one: the first asked before the news', async () => {
    await pending('r1');
    await webhooks.take(webhookRow('e1'));
    const first = await claimLookUp();
    await webhooks.take(webhookRow('e2'));
    await store.executor.lookAgain(lookAgainRow(first, { dueMs: HOUR_MS }));
    expect(await due()).toEqual(['r1']);
  });

  it('survives the end of the first', async () => {
    await completed('r1');
    await webhooks.take(webhookRow('e1'));
    const first = await claimLookUp();
    await webhooks.take(webhookRow('e2', { shows: 'failed' }));
    await store.executor.lookAgain(lookAgainRow(first, { dueMs: null }));
    expect(await due()).toEqual(['r1']);
  });

  it('survives what the first decides', async () => {
    await pending('r1');
    await webhooks.take(webhookRow('e1', { shows: 'succeeded' }));
    const first = await claimLookUp();
    await webhooks.take(webhookRow('e2', { shows: 'failed' }));
    await store.executor.settle(settleRow(first, { leaves: 0, bind: null }));
    expect(await due()).toEqual(['r1']);
  });

  it('is not put off by what the first decides', async () => {
    await unknown('r1');
    await webhooks.take(webhookRow('e1', { providerRefundId: 'rfnd_new' }));
    const first = await claimLookUp();
    await webhooks.take(webhookRow('e2', { providerRefundId: 'rfnd_new' }));
    await store.executor.settle(
      settleRow(first, { ...TO_UNKNOWN, doubt: 0, lookUpMs: HOUR_MS, entry: null }),
    );
    expect(await due()).toEqual(['r1']);
  });

  it('is used up by the look-up that begins after it', async () => {
    await unknown('r1');
    await webhooks.take(webhookRow('e1', { providerRefundId: 'rfnd_new' }));
    const look = await claimLookUp();
    await store.executor.settle(settleRow(look, { ...TO_UNKNOWN, doubt: 0, lookUpMs: HOUR_MS, entry: null }));
    expect(await due()).toEqual([]);
    expect(await lookUps()).toBe(1);
  });
});

describe('a webhook that came before the answer was written', () => {
  it.each(['succeeded', 'failed', null] as const)(
    'makes a pending refund due at once that it shows as %s',
    async (shows) => {
      const claimed = await armed('r1');
      await webhooks.take(webhookRow('e1', { shows }));
      await settled(claimed, PENDING);
      expect(await due()).toEqual(['r1']);
    },
  );

  it('does not when it shows it as pending, too', async () => {
    const claimed = await armed('r1');
    await webhooks.take(webhookRow('e1', { shows: 'pending' }));
    await settled(claimed, PENDING);
    expect(await due()).toEqual([]);
  });

  it('leaves a completed refund without a look-up', async () => {
    const claimed = await armed('r1');
    await webhooks.take(webhookRow('e1', { shows: 'succeeded' }));
    await settled(claimed);
    expect(await lookUps()).toBe(0);
  });
});

describe('a look-up that is given back for good', () => {
  it('is gone, and what it saw is kept', async () => {
    await completed('r1');
    await webhooks.take(webhookRow('e1'));
    await store.executor.lookAgain(lookAgainRow(await claimLookUp(), { dueMs: null }));
    expect(await lookUps()).toBe(0);
    const { rows } = await store.sql.query(`select verb, late from refundry.call where verb = 'lookUp'`);
    expect(rows).toEqual([{ verb: 'lookUp', late: false }]);
  });

  it('adds no call when that is kept already', async () => {
    await completed('r1');
    await webhooks.take(webhookRow('e1'));
    await store.executor.lookAgain(lookAgainRow(await claimLookUp(), { dueMs: null, call: null }));
    expect(await lookUps()).toBe(0);
    expect((await store.sql.query(`select from refundry.call where verb = 'lookUp'`)).rowCount).toBe(0);
  });
});

describe('many webhooks at once', () => {
  it('are kept each once, whoever brings them', async () => {
    const other = new WebhookStore(store.database);
    const ids = Array.from({ length: 300 }, (_none, index) => `e${String(index % 100)}`);
    const taken = await Promise.all(
      ids.map(async (id, index) => await (index % 2 === 0 ? webhooks : other).take(webhookRow(id))),
    );
    expect(taken.filter(({ isNew }) => isNew)).toHaveLength(100);
    expect(await kept()).toHaveLength(100);
  });

  const collide = async (statement = TAKE_WEBHOOKS): Promise<readonly unknown[]> => {
    const first = await store.connect();
    const second = await store.connect();
    const rows = [webhookRow('a'), webhookRow('b')];
    await first.query('begin');
    await takeWebhooksOn(first, rows.slice(0, 1));
    const waiting = takeWebhooksOn(second, rows.toReversed(), statement).catch(
      (error: { code?: string }) => error.code,
    );
    await untilBlocked(store.sql, second);
    const going = await takeWebhooksOn(first, rows.slice(1)).catch((error: { code?: string }) => error.code);
    await first.query('commit');
    return [going, await waiting];
  };

  it('from two processes in opposite order wait for each other and are kept once', async () => {
    expect(await collide()).toEqual([[{ n: 0, hinted: false }], []]);
  });

  it('would deadlock if they were not sorted', async () => {
    expect(await collide(without(TAKE_WEBHOOKS, 'order by merchant_no, event_id'))).toContain('40P01');
  });
});

describe('old webhooks', () => {
  it('are forgotten, young ones are not', async () => {
    for (const id of ['old', 'young']) await webhooks.take(webhookRow(id));
    await store.sql.query(
      `update refundry.webhook_event set received_at = now() - interval '31 days' where event_id = 'old'`,
    );
    expect(await webhooks.forget(30 * DAY_MS)).toEqual({ forgotten: 1, more: false });
    expect(await kept()).toEqual(['young']);
  });
});

describe('the schema', () => {
  it('lets the releases before run on', async () => {
    const { rows } = await store.sql.query(
      'select max(schema_version) as version, max(min_compatible_version) as least from refundry.compatibility',
    );
    expect(rows).toEqual([{ version: SCHEMA_VERSION, least: 1 }]);
  });
});

describe('webhooks that come faster than the database takes them', () => {
  it('wait in a bounded number; what comes beyond it is refused at once and may be sent again', async () => {
    await store.sql.query('begin; lock table refundry.webhook_event in exclusive mode');
    const first = webhooks.take(webhookRow('first'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const waiting = Array.from(
      { length: WAITING_MAX },
      async (_none, no) => await webhooks.take(webhookRow(`e${String(no)}`)),
    );
    await expect(webhooks.take(webhookRow('beyond'))).rejects.toThrow('wait for the database already');
    await store.sql.query('commit');
    await Promise.all([first, ...waiting]);
    expect(await webhooks.take(webhookRow('beyond'))).toMatchObject({ isNew: true });
    const { rowCount } = await store.sql.query('select from refundry.webhook_event');
    expect(rowCount).toBe(WAITING_MAX + 2);
  }, 60_000);
});
