import type { ProcessingAccount } from '#libs/processing';
import { declined } from '#libs/provider-kit';
import type { LookUpResult } from '#libs/refund';
import { PaymentStore } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;
/** What a look-up is answered with instead of what the provider shows; null: what it shows. */
let shown: ((refundId: string) => LookUpResult | null) | null;

const showing = (configured: ProcessingAccount): ProcessingAccount => {
  const { reader } = configured.module;
  const lookUp: typeof reader.lookUp = async (account, attempt, signal) => {
    const real = await reader.lookUp(account, attempt, signal);
    return { ...real, result: shown?.(attempt.refundId) ?? real.result };
  };
  return { ...configured, module: { ...configured.module, reader: { ...reader, lookUp } } };
};

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  shown = null;
  top = await openBenchTop({ verify: 'never', account: showing, ...options });
  top.executor.start();
};

const fault = async (mode: string): Promise<void> => {
  await top.sandbox.addFault('razorpay', { operation: 'create', mode, count: 1, probability: 1, seed: 1 });
};

const succeeded = (providerRefundId: string): LookUpResult => ({
  kind: 'found',
  outcome: { kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null },
});

afterEach(async () => {
  await top.close();
});

describe('a look-up that shows a provider refund of another refund of ours', () => {
  it('leaves it with its owner, asks a person about the other, and frees the lane', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const owner = await top.until('a', 'completed');
    await fault('drop-before-process');
    shown = (refundId) => (refundId === 'b' ? succeeded(owner.refund.providerRefundId ?? '') : null);
    await top.request([
      { refundId: 'b', paymentId, amount: '10.00' },
      { refundId: 'c', paymentId, amount: '10.00' },
    ]);
    const other = await top.until('b', 'review', 'completed');
    expect(other.refund).toMatchObject({
      reviewReason: 'ANSWER_CONTRADICTS',
      held: '10',
      providerRefundId: null,
    });
    expect(await top.states('b')).toEqual(['requested', 'unknown', 'review']);
    await top.until('c', 'completed');
    expect((await top.reports.refund('a'))?.refund.state).toBe('completed');
  });
});

describe('a look-up of a refund that has ended', () => {
  const failed: LookUpResult = {
    kind: 'found',
    outcome: declined('REFUSED', 'wrong', { actBy: 'merchant', mayRequestAgain: true }),
  };

  /** As a webhook about it would: due now. */
  const hint = async (): Promise<void> => {
    await top.sql.query(
      `insert into refundry.look_up (payment_no, ordinal, account_no, due_at)
       select payment_no, ordinal, account_no, now() from refundry.refund where refund_id = 'a'`,
    );
    await top.untilReport('a', ({ lookUp }) => lookUp === null);
  };

  const ended = async (): Promise<string> => {
    await open({ verify: 'first' });
    await fault('drop-after-process');
    shown = () => failed;
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    await top.until('a', 'failed');
    shown = null;
    return paymentId;
  };

  const sums = async (): Promise<unknown> =>
    (await top.sql.query('select completed::text, reserved::text, external::text from refundry.payment'))
      .rows;

  it.each(['succeeded', 'pending'])(
    'that shows it %s › counts its money once, however often it is seen, and stops the payment',
    async (kind) => {
      const paymentId = await ended();
      const [booked] = await top.sandbox.refunds('razorpay');
      if (kind === 'pending')
        shown = () => ({
          kind: 'found',
          outcome: { kind: 'pending', providerRefundId: String(booked?.id), references: {} },
        });
      await hint();
      await hint();
      const report = await top.reports.refund('a');
      expect(report?.external).toMatchObject([{ providerRefundId: booked?.id, amount: '60', shown: kind }]);
      expect(report?.refund).toMatchObject({ state: 'failed', providerRefundId: booked?.id });
      expect(top.counts.get('contradiction')).toBe(1);
      expect(await sums()).toEqual([{ completed: '0', reserved: '0', external: '60' }]);
      await top.request([{ refundId: 'b', paymentId, amount: '40.00' }]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await top.reports.refund('b'))?.refund).toMatchObject({
        state: 'requested',
        attemptNo: 0,
        stoppedBecause: expect.stringContaining(String(booked?.id)) as string,
      });
    },
  );

  it('that shows the provider refund of another one of ours › leaves it with its owner and stops nothing', async () => {
    const paymentId = await ended();
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    const owner = await top.until('b', 'completed');
    shown = (refundId) => (refundId === 'a' ? succeeded(owner.refund.providerRefundId ?? '') : null);
    await hint();
    expect((await top.reports.refund('a'))?.external).toEqual([]);
    expect((await top.reports.refund('b'))?.refund).toMatchObject({
      state: 'completed',
      stoppedBecause: null,
    });
    expect(top.counts.get('contradiction')).toBe(1);
  });

  it('that shows money counted by a reading before › does not count it a second time once the payment is read again', async () => {
    const paymentId = await ended();
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    await top.until('b', 'completed');
    await top.sql.query(`update refundry.payment set verified_at = '-infinity'`);
    await top.request([{ refundId: 'c', paymentId, amount: '10.00' }]);
    await top.until('c', 'completed');
    expect(await sums()).toEqual([{ completed: '20', reserved: '0', external: '60' }]);
    await hint();
    await new PaymentStore(top.database).release({ provider: 'razorpay', name: 'default' }, paymentId, {
      by: 'ann',
      reason: 'seen',
    });
    await top.request([{ refundId: 'd', paymentId, amount: '20.00' }]);
    await top.until('d', 'completed');
    expect(await sums()).toEqual([{ completed: '40', reserved: '0', external: '60' }]);
  });
});

describe('each question to a provider', () => {
  it('leaves a record: when, what was asked for, what was shown, and what was left there where the answer says it', async () => {
    await open({ verify: 'always' });
    await fault('drop-after-process');
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'completed');
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    const { calls } = await top.until('b', 'completed');
    const before = (await top.reports.refund('a'))?.calls ?? [];
    const [reading, , lookUp] = before;
    expect(before.map(({ verb }) => verb)).toEqual(['payment', 'create', 'lookUp']);
    expect(reading).toMatchObject({ asked: `payment ${paymentId}`, verdict: 'read', leftThere: '100' });
    expect(lookUp).toMatchObject({ httpStatus: 200, verdict: 'found succeeded', leftThere: null });
    expect(lookUp?.asked).toMatch(new RegExp(`^payment ${paymentId} for \\S+$`));
    expect(lookUp?.answer).toContain('"amount":1000');
    expect(lookUp?.startedAtMs).toBeGreaterThan(0);
    expect(calls[0]).toMatchObject({ verb: 'payment', leftThere: '90' });
  });
});

describe('a schedule of look-ups', () => {
  it('that is used up › sends the refund to a person: it keeps its reservation, and an event, a metric and a warning tell', async () => {
    await open({
      account: (configured) => ({ ...configured, policy: { ...configured.policy, overdueMs: 300 } }),
    });
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    await top.request([{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '10.00' }]);
    const { refund, lookUp } = await top.until('a', 'review');
    expect(refund).toMatchObject({ reviewReason: 'PENDING_OVERDUE', held: '10', reserved: '10' });
    expect(await top.states('a')).toEqual(['requested', 'pending', 'review']);
    const { rows } = await top.sql.query('select 1 from refundry.outbox where sequence = 3');
    expect(rows).toHaveLength(1);
    expect(top.counts.get('settled review')).toBe(1);
    expect(top.log.filter((line) => line.startsWith('warn a refund waits for a person'))).toEqual([
      expect.stringContaining('PENDING_OVERDUE') as string,
    ]);
    // It is still looked up: only that, or a person, can end it.
    expect(lookUp).not.toBeNull();
  });
});
