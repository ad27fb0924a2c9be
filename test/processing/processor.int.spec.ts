import { openWebhookBench, type WebhookBench } from './webhook-bench.ts';

let bench: WebhookBench;

beforeEach(async () => {
  bench = await openWebhookBench();
});
afterEach(async () => {
  await bench.close();
});

describe('a processor with every role', () => {
  it('answers an HTTP error, though errors of its batches go on as they are', async () => {
    const answer = await fetch(`${bench.url}/nothing`, { signal: AbortSignal.timeout(5000) });
    expect(answer.status).toBe(404);
  });

  it('answers the error of a handler, too', async () => {
    const url = `${bench.url}/webhooks/razorpay/nobody`;
    const answer = await fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(5000) });
    expect(answer.status).toBe(404);
  });

  it('reads on where the store says when its position was moved', async () => {
    const paymentId = await bench.payment();
    await bench.request('a', paymentId);
    await bench.until('a', 'completed');
    await bench.sql.query('update refundry.intake_position set next_offset = 0 where next_offset = 1');
    await bench.request('b', paymentId);
    await bench.until('b', 'completed');
    expect(await bench.sandbox.refunds('razorpay')).toHaveLength(2);
  });
});
