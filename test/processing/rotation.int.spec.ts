import type { ProcessingAccount } from '#libs/processing';
import { createHttpEdge } from '#libs/provider-kit';
import { createRazorpay } from '#libs/provider-razorpay/submit';
import { openBenchTop, type BenchTop } from './bench-top.ts';

let top: BenchTop;

const NEW_SECRET = 'rotated_secret_2';

/** The same account as it is configured once its key was rotated. */
const rotated = (configured: ProcessingAccount): ProcessingAccount => {
  const razorpay = createRazorpay({ edge: createHttpEdge({}), callTimeoutMs: 10_000 });
  const { baseUrl, name, merchant } = configured.account;
  const settings = { keyId: 'rzp_test_sandbox', keySecret: NEW_SECRET, baseUrl };
  return { ...configured, account: razorpay.readAccount({ name, merchant, settings }) };
};

beforeEach(async () => {
  top = await openBenchTop();
});

afterEach(async () => {
  await top.close();
});

describe('a key that is rotated while refunds are in flight', () => {
  it('changes nothing for what is pending, unknown or waiting: each is paid once, under the new key', async () => {
    const { sandbox } = top;
    await sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    for (const refundId of ['pending', 'second'])
      await top.request([{ refundId, paymentId: await top.payment(), amount: '10.00' }]);
    const lookUps = { operation: 'lookup', mode: 'status', status: 503, probability: 1, seed: 1 } as const;
    await sandbox.addFault('razorpay', lookUps);
    top.executor.start();
    await top.until('pending', 'pending');
    await top.until('second', 'pending');
    await sandbox.addFault('razorpay', {
      operation: 'create',
      mode: 'drop-after-process',
      probability: 1,
      seed: 1,
      count: 1,
    });
    await top.request([{ refundId: 'unknown', paymentId: await top.payment(), amount: '10.00' }]);
    await top.until('unknown', 'unknown');
    await top.executor.stop();
    await top.request([{ refundId: 'waiting', paymentId: await top.payment(), amount: '10.00' }]);

    await sandbox.setBehaviour('razorpay', { keySecret: NEW_SECRET });
    await sandbox.clearFaults();
    top.processor({ account: rotated }).start();
    for (const refundId of ['pending', 'second', 'unknown', 'waiting']) {
      const { refund } = await top.untilReport(
        refundId,
        ({ refund: { state, providerRefundId } }) => state === 'pending' && providerRefundId !== null,
      );
      await sandbox.changeRefund('razorpay', refund.providerRefundId ?? '', 'settle');
      await top.until(refundId, 'completed');
    }
    expect(await top.booked()).toHaveLength(4);
  });
});
