import { openBenchTop, type BenchTop } from '../../test/processing/bench-top.ts';
import { runOn, type CommandRun } from '../../test/support/run-command.ts';

// Everything that the vendor's page about refunds offers, done through Refundry: asked for by event, looked at and annotated with refundctl.
let top: BenchTop;

beforeAll(async () => {
  top = await openBenchTop();
  top.executor.start();
});

afterAll(async () => {
  await top.close();
});

const run = async (...args: readonly string[]): Promise<CommandRun> =>
  await runOn(top, ['provider', 'razorpay', 'refunds', ...args]);

interface Shown {
  readonly providerRefundId: string;
  readonly [field: string]: unknown;
}

async function json<Answer>(...args: readonly string[]): Promise<Answer> {
  const { exit, out, err } = await run(...args, '--json');
  expect([exit, err]).toEqual([0, '']);
  return JSON.parse(out) as Answer;
}

let refunds = 0;

/** Asks for a refund as an order service does, and waits for its end. */
async function refunded(
  paymentId: string,
  amount: string | null,
  providerOptions: Record<string, unknown> = {},
) {
  const refundId = `rf_${String((refunds += 1))}`;
  await top.request([{ refundId, paymentId, ...(amount === null ? {} : { amount }), providerOptions }]);
  const { refund } = await top.until(refundId, 'completed');
  return { refundId, id: refund.providerRefundId ?? '' };
}

describe('a refund that was asked for by event', () => {
  it('has the speed, receipt and notes of the request, and every field of the provider is shown', async () => {
    const paymentId = await top.payment('100.00');
    const normal = await refunded(paymentId, '1.00', {
      speed: 'normal',
      receipt: 'Receipt No. 31',
      notes: { notes_key_1: 'Beam me up Scotty.' },
    });
    expect(await json('show', normal.id)).toEqual({
      providerRefundId: normal.id,
      paymentId,
      amount: '1.00',
      currency: 'INR',
      status: 'processed',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
      references: { receipt: 'Receipt No. 31' },
      refundId: normal.refundId,
      entity: {
        id: normal.id,
        entity: 'refund',
        amount: 100,
        receipt: 'Receipt No. 31',
        currency: 'INR',
        payment_id: paymentId,
        notes: {
          notes_key_1: 'Beam me up Scotty.',
          refundry_id: normal.refundId,
          refundry_reference: expect.stringMatching(/^rr_/) as unknown,
        },
        acquirer_data: { arn: null },
        created_at: expect.any(Number) as unknown,
        batch_id: null,
        status: 'processed',
        speed_processed: 'normal',
        speed_requested: 'normal',
      },
    });
    const instant = await refunded(paymentId, '2.00', { speed: 'optimum' });
    expect(await json('show', instant.id)).toMatchObject({
      entity: { amount: 200, speed_requested: 'optimum', speed_processed: 'instant' },
    });
    const rest = await refunded(paymentId, null);
    expect(await json('show', rest.id)).toMatchObject({ amount: '97.00' });
  });

  it('is found by our own id as well, and the numbers of the bank are shown when it has them', async () => {
    const paymentId = await top.payment('100.00', { method: 'upi' });
    const { refundId, id } = await refunded(paymentId, '1.00');
    await top.sandbox.changeRefund('razorpay', id, 'settle');
    const { out } = await run('show', '--refund', refundId);
    expect(out).toMatch(new RegExp(`Refund +│ ${id} `));
    expect(out).toMatch(/acquirer_data\.rrn +│ \d{14} /);
    expect(await json('show', '--refund', refundId, '--payment', paymentId)).toMatchObject({ refundId });
  });
});

describe('what is not there', () => {
  it('is told with what to do, and exit code 2', async () => {
    const paymentId = await top.payment();
    const { id } = await refunded(paymentId, '1.00');
    const elsewhere = await run('show', id, '--payment', await top.payment());
    expect([elsewhere.exit, elsewhere.out]).toEqual([2, '']);
    expect(elsewhere.err).toContain(`PROVIDER_REFUND_NOT_FOUND: razorpay/default does not know refund ${id}`);
    const unknown = await run('show', '--refund', 'rf_nowhere');
    expect([unknown.exit, unknown.err]).toEqual([2, expect.stringContaining('REFUND_NOT_FOUND')]);
    await top.request([{ refundId: 'rf_refused', paymentId, amount: '1000.00' }]);
    await top.until('rf_refused', 'failed');
    const refused = await run('show', '--refund', 'rf_refused');
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('REFUND_NOT_AT_PROVIDER')]);
    expect(refused.err).toContain(`--payment ${paymentId}`);
  });
});

describe('lists', () => {
  it('are of a payment or of all, narrowed by time, and turn pages', async () => {
    const paymentId = await top.payment('100.00');
    const made: string[] = [];
    for (const amount of ['1.00', '2.00', '3.00']) made.unshift((await refunded(paymentId, amount)).id);
    interface Page {
      readonly refunds: readonly Shown[];
      readonly nextSkip: number | null;
    }
    const ids = ({ refunds: shown }: Page) => shown.map(({ providerRefundId }) => providerRefundId);
    expect(ids(await json<Page>('list', '--payment', paymentId))).toEqual(made);
    const first = await json<Page>('list', '--payment', paymentId, '--count', '2');
    expect([ids(first), first.nextSkip]).toEqual([made.slice(0, 2), 2]);
    const second = await json<Page>('list', '--payment', paymentId, '--count', '2', '--skip', '2');
    expect([ids(second), second.nextSkip]).toEqual([made.slice(2), null]);
    expect(ids(await json<Page>('list', '--count', '100')).slice(0, 3)).toEqual(made);
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16);
    expect(ids(await json<Page>('list', '--payment', paymentId, '--from', `${hourAgo}Z`))).toEqual(made);
    expect(ids(await json<Page>('list', '--payment', paymentId, '--to', hourAgo))).toEqual([]);
  });

  it('are tables for a person, and say how to go on', async () => {
    const paymentId = await top.payment('100.00');
    const { id, refundId } = await refunded(paymentId, '1.00', { receipt: 'Receipt No. 31' });
    await refunded(paymentId, '2.00');
    const { exit, out, err } = await run('list', '--payment', paymentId, '--count', '1', '--skip', '1');
    expect(exit).toBe(0);
    const [, head, row] = out.split('\n');
    expect(head).toMatch(/Refund .*Payment .*Amount .*Status .*Created \(UTC\) .*References .*Refundry/);
    expect(row).toMatch(
      new RegExp(
        `${id} │ ${paymentId} │ 1\\.00 INR +│ processed +│ .* │ receipt Receipt No\\. 31 │ ${refundId} `,
      ),
    );
    expect(err).toBe('There may be more: --skip 2\n');
    const none = await run('list', '--payment', await top.payment());
    expect(none).toEqual({ exit: 0, out: 'No refunds.\n', err: '' });
  });
});

describe('notes', () => {
  it('are written and replaced, and the refund stays findable', async () => {
    const paymentId = await top.payment('100.00');
    const { id, refundId } = await refunded(paymentId, '1.00', { notes: { before: 'a' } });
    const added = await json<Shown>('annotate', id, '--note', 'notes_key_1=Beam me up', '--note', 'case=a=b');
    expect(added).toMatchObject({
      entity: { notes: { before: 'a', notes_key_1: 'Beam me up', case: 'a=b', refundry_id: refundId } },
    });
    const { exit, out } = await run('annotate', id, '--note', 'only=this', '--replace');
    expect(exit).toBe(0);
    expect(out).toMatch(/notes\.only +│ this/);
    expect(await json('show', id)).toMatchObject({
      refundId,
      entity: { notes: { only: 'this', refundry_id: refundId } },
    });
  });
});
