import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { backUp, restore } from './lost-rows.ts';

const HOUR_MS = 3_600_000;

let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ provider: braintree(), ...options });
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  top.executor.start();
};

const fault = async (mode: string): Promise<void> => {
  const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1 } as const;
  await top.sandbox.addFault('braintree', planned);
};

const attempts = async (): Promise<readonly unknown[]> => {
  const { rows } = await top.sql.query<Readonly<Record<string, unknown>>>(
    'select attempt_no as no, action, key is not null as keyed from refundry.attempt order by payment_no, ordinal, attempt_no',
  );
  return rows;
};

/** A payment that is settled after an hour of the sandbox's clock; what is refunded of it is settled at once. */
const unsettled = async (): Promise<string> => {
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: HOUR_MS });
  const paymentId = await top.payment('100.00', { status: 'submitted_for_settlement' });
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  return paymentId;
};

const untilWaiting = async (refundId: string): Promise<void> => {
  await top.untilReport(refundId, ({ refund }) => refund.waitingFor === 'settlement');
};

const bookedOn = async (paymentId: string) => await top.sandbox.payment('braintree', paymentId);

afterEach(async () => {
  await top.close();
});

describe('a refund at Braintree', () => {
  it('is pending when it is accepted, and completed when it is settled', async () => {
    await open();
    const paymentId = await top.payment();
    await top.request([{ refundId: 'rf-1', paymentId, amount: '10.00' }]);
    await top.until('rf-1', 'completed');
    expect(await top.states('rf-1')).toEqual(['requested', 'pending', 'completed']);
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '10.00', inFlight: '0.00' });
  });

  it('is completed at once where the account says that accepted is enough', async () => {
    await open({ provider: braintree({ completeAt: 'submitted_for_settlement' }) });
    await top.request([{ refundId: 'rf-1', paymentId: await top.payment(), amount: '10.00' }]);
    await top.until('rf-1', 'completed');
    expect(await top.states('rf-1')).toEqual(['requested', 'completed']);
  });

  it.each(['drop-after-process', 'drop-before-process', 'malformed', 'html-502'])(
    'whose answer is lost by %s is paid once',
    async (mode) => {
      await open();
      await fault(mode);
      const paymentId = await top.payment();
      await top.request([{ refundId: 'rf-1', paymentId, amount: '10.00' }]);
      await top.until('rf-1', 'completed');
      expect((await bookedOn(paymentId)).refunds).toMatchObject([{ amount: '10.00' }]);
    },
  );

  it('that the bank declines in its answer fails, and what it held is free again', async () => {
    await open();
    const paymentId = await top.payment('9000.00');
    await top.request([{ refundId: 'rf-1', paymentId, amount: '2004.00' }]);
    const { refund } = await top.until('rf-1', 'failed');
    expect(refund.providerRefundId).not.toBeNull();
    await top.request([{ refundId: 'rf-2', paymentId }]);
    await top.until('rf-2', 'completed');
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '9000.00' });
  });

  it('that takes all of a payment in escrow goes through, and a part of it is rejected', async () => {
    await open();
    const paymentId = await top.payment('100.00', { escrow: true });
    await top.request([{ refundId: 'rf-part', paymentId, amount: '1.00' }]);
    await top.until('rf-part', 'failed');
    await top.request([{ refundId: 'rf-all', paymentId, amount: '100.00' }]);
    await top.until('rf-all', 'completed');
    expect((await bookedOn(paymentId)).refunds).toHaveLength(1);
  });
});

describe('a payment that is not settled', () => {
  it('is voided where all of it is given back', async () => {
    await open();
    const paymentId = await top.payment('100.00', { status: 'authorized' });
    await top.request([{ refundId: 'rf-1', paymentId, amount: '100.00' }]);
    const { refund } = await top.until('rf-1', 'completed');
    expect(refund.providerRefundId).toBe(paymentId);
    expect(await attempts()).toEqual([{ no: 1, action: 'void', keyed: true }]);
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '100.00', status: 'voided' });
  });

  it('whose void got lost on the way back is found voided', async () => {
    await open();
    await fault('drop-after-process');
    const paymentId = await top.payment('100.00', { status: 'authorized' });
    await top.request([{ refundId: 'rf-1', paymentId }]);
    await top.until('rf-1', 'completed');
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '100.00', status: 'voided' });
  });

  it('is waited for where a part of it is given back', async () => {
    await open();
    const paymentId = await unsettled();
    await top.request([{ refundId: 'rf-1', paymentId, amount: '40.00' }]);
    await untilWaiting('rf-1');
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('rf-1', 'completed');
    expect(await attempts()).toEqual([{ no: 1, action: 'refund', keyed: true }]);
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '40.00' });
  });
});

describe('a bank debit that is settling', () => {
  it('is waited for until it is settled, however often Braintree refuses it meanwhile', async () => {
    await open({ callsMax: 2 });
    await top.sandbox.setBehaviour('braintree', { settleAfterMs: HOUR_MS });
    const paymentId = await top.payment('100.00', {
      status: 'submitted_for_settlement',
      method: 'us_bank_account',
    });
    await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
    await top.sandbox.advanceClock(HOUR_MS * 0.6);
    await top.request([{ refundId: 'rf-1', paymentId, amount: '40.00' }]);
    const { refund } = await top.untilReport(
      'rf-1',
      ({ refund: now }) => now.calls > 4 || now.state === 'review',
    );
    expect(refund).toMatchObject({ reviewReason: expect.not.stringContaining('EXHAUSTED') as unknown });
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('rf-1', 'completed', 'review', 'failed');
    expect(await top.states('rf-1')).not.toContain('review');
    expect(await bookedOn(paymentId)).toMatchObject({ refunded: '40.00' });
  });
});

describe('a void that was not sent before another refund of its payment came', () => {
  let paymentId: string;

  const notSent = async (more: object = {}): Promise<void> => {
    await open();
    const fields = { operation: 'create', mode: 'rate-limit', count: 1, probability: 1, seed: 1 } as const;
    await top.sandbox.addFault('braintree', { ...fields, retryAfterMs: 5000 });
    paymentId = await unsettled();
    await top.request([{ refundId: 'rf-1', paymentId, amount: '100.00', ...more }]);
    await top.untilReport('rf-1', ({ refund }) => refund.waitingFor === 'rateLimit');
    await top.request([{ refundId: 'rf-2', paymentId, amount: '10.00' }]);
    await untilWaiting('rf-1');
  };

  it.each([
    ['by our reference', {}, ['completed']],
    ['perhaps, by the order id of its caller', { providerOptions: { orderId: 'o-9' } }, ['review']],
  ])(
    'and that the books show as the last attempt after they have lost the refund that followed it › is not all that is looked for: %s',
    async (_how, more, ends) => {
      await notSent(more);
      await backUp(top);
      await top.sandbox.advanceClock(HOUR_MS);
      await top.until('rf-1', 'completed');
      await restore(top);
      const { refund } = await top.until('rf-1', 'completed', 'review', 'failed');
      expect(ends).toContain(refund.state);
      expect((await bookedOn(paymentId)).refunds).toHaveLength(1);
    },
  );

  it('does not wait for the one that waits behind it: what is settled is refunded', async () => {
    await notSent();
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('rf-1', 'completed');
    await top.until('rf-2', 'failed');
    expect(await attempts()).toEqual([
      { no: 1, action: 'void', keyed: true },
      { no: 2, action: 'refund', keyed: true },
    ]);
    expect((await bookedOn(paymentId)).refunds).toMatchObject([{ amount: '100.00', status: 'settled' }]);
  });
});

describe('a merchant that may use no request keys', () => {
  it('is refused once; that attempt is replaced, and later ones have no key from the start', async () => {
    await open();
    await top.sandbox.setBehaviour('braintree', { requestKeys: false });
    for (const refundId of ['rf-1', 'rf-2']) {
      await top.request([{ refundId, paymentId: await top.payment(), amount: '10.00' }]);
      await top.until(refundId, 'completed');
    }
    expect(await attempts()).toEqual([
      { no: 1, action: 'refund', keyed: true },
      { no: 2, action: 'refund', keyed: false },
      { no: 1, action: 'refund', keyed: false },
    ]);
  });

  it('has nothing more of a payment sent while one of its refunds is in doubt, however long', async () => {
    await open({ provider: braintree({ requestKeys: 'false' }) });
    await fault('drop-before-process');
    await top.sandbox.addFault('braintree', {
      operation: 'lookup',
      mode: 'html-502',
      probability: 1,
      seed: 1,
    });
    const paymentId = await top.payment();
    await top.request([{ refundId: 'rf-lost', paymentId, amount: '10.00' }]);
    await top.until('rf-lost', 'unknown');
    await top.request([{ refundId: 'rf-behind', paymentId, amount: '10.00' }]);
    const untilClaimed = async (refundId: string): Promise<void> => {
      // Due later than the one behind: whoever has claimed this one has passed over that one.
      await top.request([{ refundId, paymentId: await top.payment(), amount: '10.00' }]);
      await top.untilReport(refundId, ({ refund }) => refund.calls === 1);
    };
    // After so many failures in a row the provider is left alone; the visibility delay, half a second, passes all the same.
    await top.untilReport(
      'rf-lost',
      ({ lookUp, refund: { attempt } }) => (lookUp?.tries ?? 0) >= 5 && (attempt?.calledMsAgo ?? 0) > 1000,
    );
    await untilClaimed('rf-1');
    expect((await top.until('rf-behind', 'requested')).refund.calls).toBe(0);
    await top.sandbox.clearFaults();
    await top.until('rf-lost', 'review');
    await untilClaimed('rf-2');
    expect((await top.until('rf-behind', 'requested')).refund.calls).toBe(0);
    expect((await bookedOn(paymentId)).refunds).toEqual([]);
  });

  it('never has a lost refund sent again: it is found, or a person is asked', async () => {
    await open({ provider: braintree({ requestKeys: 'false' }) });
    await fault('drop-after-process');
    const found = await top.payment();
    await top.request([{ refundId: 'rf-found', paymentId: found, amount: '10.00' }]);
    await top.until('rf-found', 'completed');
    await fault('drop-before-process');
    const lost = await top.payment();
    await top.request([{ refundId: 'rf-lost', paymentId: lost, amount: '10.00' }]);
    await top.until('rf-lost', 'review');
    expect([(await bookedOn(found)).refunds.length, (await bookedOn(lost)).refunds.length]).toEqual([1, 0]);
  });
});

describe('a request that Braintree refused keeps its key', () => {
  it('so that what goes on later goes on with another one', async () => {
    await open({ verify: 'never' });
    const paymentId = await unsettled();
    await top.request([{ refundId: 'rf-1', paymentId, amount: '40.00' }]);
    await untilWaiting('rf-1');
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('rf-1', 'completed');
    expect((await attempts()).length).toBeGreaterThan(1);
    expect((await bookedOn(paymentId)).refunds).toMatchObject([{ amount: '40.00', status: 'settled' }]);
  });

  it('and when the refusal itself was lost, asking again under the key proves that nothing moved', async () => {
    await open({ verify: 'never' });
    const paymentId = await unsettled();
    await fault('drop-after-process');
    await top.request([{ refundId: 'rf-1', paymentId, amount: '40.00' }]);
    await untilWaiting('rf-1');
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('rf-1', 'completed');
    expect(await top.states('rf-1')).toContain('unknown');
    expect((await attempts()).length).toBeGreaterThan(1);
    expect((await bookedOn(paymentId)).refunds).toMatchObject([{ amount: '40.00', status: 'settled' }]);
  });
});
