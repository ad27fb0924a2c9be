import { openBenchTop, type BenchTop } from '../../test/processing/bench-top.ts';
import { braintree } from '../../test/processing/braintree-provider.ts';
import { runOn, type CommandRun } from '../../test/support/run-command.ts';

let top: BenchTop;

beforeAll(async () => {
  top = await openBenchTop({ provider: braintree() });
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  top.executor.start();
});

afterAll(async () => {
  await top.close();
});

const run = async (...args: readonly string[]): Promise<CommandRun> =>
  await runOn(top, ['provider', 'braintree', 'refunds', ...args]);

async function json(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exit, out, err } = await run(...args, '--json');
  expect([exit, err]).toEqual([0, '']);
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

const idsOf = (page: Readonly<Record<string, unknown>>): readonly string[] =>
  (page['refunds'] as readonly { readonly providerRefundId: string }[]).map(
    ({ providerRefundId }) => providerRefundId,
  );

let refunds = 0;

/** Asks for a refund as an order service does, and waits for its end. */
async function refunded(paymentId: string, amount: string, providerOptions: Record<string, unknown> = {}) {
  const refundId = `rf_${String((refunds += 1))}`;
  await top.request([{ refundId, paymentId, amount, providerOptions }]);
  const { refund } = await top.until(refundId, 'completed');
  return { refundId, id: refund.providerRefundId ?? '' };
}

describe('a refund that was asked for by event', () => {
  it('is shown with every field that Braintree has of it, by its transaction id and by our own', async () => {
    const paymentId = await top.payment('100.00');
    const { refundId, id } = await refunded(paymentId, '10.50', { orderId: 'o-1881-back' });
    const shown = {
      providerRefundId: id,
      paymentId,
      amount: '10.50',
      currency: 'USD',
      status: 'settled',
      references: { order_id: 'o-1881-back', settlement_batch_id: expect.any(String) as unknown },
      refundId: null,
      entity: {
        id,
        type: 'credit',
        amount: '10.50',
        order_id: 'o-1881-back',
        refunded_transaction_id: paymentId,
        processor_response_code: '1002',
      },
    };
    expect(await json('show', id)).toMatchObject(shown);
    expect(await json('show', '--refund', refundId, '--payment', paymentId)).toMatchObject(shown);
    const { exit, out } = await run('show', id);
    expect(exit).toBe(0);
    expect(out).toMatch(/processor_response_text +│ Processed/);
  });

  it('is the void of a payment that was not settled', async () => {
    const paymentId = await top.payment('100.00', { status: 'authorized' });
    const { refundId, id } = await refunded(paymentId, '100.00');
    expect(id).toBe(paymentId);
    expect(await json('show', '--refund', refundId)).toMatchObject({
      paymentId,
      amount: '100.00',
      status: 'voided',
      entity: { type: 'sale' },
    });
  });
});

describe('lists', () => {
  it('are of a payment, of an order id, or of a time, and turn pages', async () => {
    const paymentId = await top.payment('100.00');
    const made: string[] = [];
    for (const amount of ['1.00', '2.00', '3.00'])
      made.unshift((await refunded(paymentId, amount, { orderId: 'o-list' })).id);
    expect(idsOf(await json('list', '--payment', paymentId))).toEqual(made);
    expect(idsOf(await json('list', '--reference', 'o-list')).toSorted()).toEqual(made.toSorted());
    const first = await json('list', '--payment', paymentId, '--count', '2');
    expect([idsOf(first), first['nextSkip']]).toEqual([made.slice(0, 2), 2]);
    const second = await json('list', '--payment', paymentId, '--count', '2', '--skip', '2');
    expect([idsOf(second), second['nextSkip']]).toEqual([made.slice(2), null]);
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16);
    expect(idsOf(await json('list', '--from', `${hourAgo}Z`))).toEqual(expect.arrayContaining(made));
    expect(idsOf(await json('list', '--payment', paymentId, '--to', hourAgo))).toEqual([]);
  });

  it('of everything are refused with what to give instead', async () => {
    const { exit, err } = await run('list');
    expect([exit, err]).toEqual([
      2,
      expect.stringContaining(
        'QUESTION_NOT_ACCEPTABLE: braintree/default lists only with --payment or --reference or --from',
      ),
    ]);
  });
});

describe('what is not there', () => {
  it('is told with what to do, and exit code 2', async () => {
    const { exit, err } = await run('show', 'nowhere');
    expect([exit, err]).toEqual([
      2,
      expect.stringContaining('PROVIDER_REFUND_NOT_FOUND: braintree/default does not know refund nowhere'),
    ]);
    const notes = await run('annotate', 'nowhere', '--note', 'a=b');
    expect([notes.exit, notes.err]).toEqual([2, expect.stringContaining('has no notes on refunds')]);
  });
});
