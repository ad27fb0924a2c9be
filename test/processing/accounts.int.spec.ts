import type { ProcessingAccount } from '#libs/processing';
import { batchOf, openBenchTop, type BenchTop } from './bench-top.ts';

let top: BenchTop;

/** The configured account under another name, of the same merchant: `accountId` says so. */
const renamed = async (name: string): Promise<ProcessingAccount> => {
  const account = { ...top.account.account, name };
  const [registered] = await top.accounts.register([account]);
  return {
    ...top.account,
    account,
    accountNo: registered?.accountNo ?? 0,
    merchantNo: registered?.merchantNo ?? 0,
  };
};

beforeEach(async () => {
  top = await openBenchTop();
});

afterEach(async () => {
  await top.close();
});

describe('an account that got another name', () => {
  it('pays refunds of payments that were first refunded under its old one', async () => {
    const paymentId = await top.payment('100.00');
    top.executor.start();
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'completed');
    await top.executor.stop();
    const account = await renamed('india');
    top.processor({ account: () => account }).start();
    const asked = batchOf([{ refundId: 'b', paymentId, amount: '20.00', account: 'india' }], 1, Date.now());
    await top.intake({}, undefined, account).take(asked);
    await top.until('b', 'completed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('30.00');
  });

  it('does not hold up what was asked for under the new one behind the last refund of the old one', async () => {
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const account = await renamed('india');
    const asked = batchOf([{ refundId: 'b', paymentId, amount: '20.00', account: 'india' }], 1, Date.now());
    await top.intake({}, undefined, account).take(asked);
    top.processor({ account: () => account }).start();
    top.executor.start();
    await top.until('b', 'completed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('30.00');
  });
});
