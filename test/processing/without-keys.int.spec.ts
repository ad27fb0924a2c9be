import type { ProcessingAccount } from '#libs/processing';
import type { RefundReport } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;
let calls = 0;

/** The account as one of a provider without keys and names of ours: each call is another refund to it, and only its own id finds one. */
const keyless = (configured: ProcessingAccount): ProcessingAccount => {
  const { submitter, policy } = configured;
  return {
    ...configured,
    policy: { ...policy, resend: 'never', lookUpByReference: false },
    submitter: {
      prepare: (...task) => {
        const prepared = submitter.prepare(...task);
        return 'refused' in prepared ? prepared : { ...prepared, key: null, sameKeyForMs: null };
      },
      submit: async (account, attempt, signal) => {
        calls += 1;
        return await submitter.submit(account, { ...attempt, key: `call-number-${String(calls)}` }, signal);
      },
    },
  };
};

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ account: keyless, ...options });
};

const fault = async (operation: string, mode: string, fields: object = {}): Promise<void> => {
  const named = { operation: operation as 'create', mode, count: 1, probability: 1, seed: 1 };
  await top.sandbox.addFault('razorpay', { ...named, ...fields });
};

const refund = async (refundId = 'a'): Promise<void> => {
  await top.request([{ refundId, paymentId: await top.payment('100.00'), amount: '10.00' }]);
};

const said = ({ calls: log }: RefundReport, verb: string): string[] =>
  log.filter((call) => call.verb === verb).map(({ verdict }) => verdict);

afterEach(async () => {
  await top.close();
});

describe('a refund of a provider without keys', () => {
  it('that was refused for now, when the payment cannot be read before the next attempt › does not arm the refused attempt again', async () => {
    let answered = 0;
    await open({
      step: async (name) => {
        if (name !== 'executor.answered') return;
        answered += 1;
        if (answered === 1) await fault('payment', 'html-502');
      },
    });
    await fault('create', 'rate-limit', { retryAfterMs: 1 });
    await refund();
    top.executor.start();
    const report = await top.until('a', 'completed', 'review');
    expect(said(report, 'payment')).toEqual(['read', 'unavailable noAnswer', 'read']);
    expect(said(report, 'create')).toEqual(['notApplied rateLimited', 'succeeded']);
    expect(report.refund).toMatchObject({ state: 'completed', attemptNo: 2, calls: 2 });
  });

  it('whose answer was lost › waits for a person without one more row in its log for each time nothing can be asked', async () => {
    await open();
    await fault('create', 'drop-after-process');
    await refund();
    top.executor.start();
    await top.until('a', 'review');
    const report = await top.untilReport('a', ({ lookUp }) => (lookUp?.tries ?? 0) > 3);
    expect(report.refund.reviewReason).toBe('LOST_ANSWER');
    expect(said(report, 'create')).toEqual(['unknown waiting']);
    expect(said(report, 'lookUp')).toEqual(['cannot be looked up without an answer']);
    expect(await top.booked()).toHaveLength(1);
  });
});
