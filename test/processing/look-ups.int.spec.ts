import type { ProcessingAccount } from '#libs/processing';
import type { LookUpResult } from '#libs/refund';
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
