import { openBenchTop, type BenchTop } from '../../test/processing/bench-top.ts';
import { robokassa } from '../../test/processing/robokassa-provider.ts';
import { runOn, type CommandRun } from '../../test/support/run-command.ts';

let top: BenchTop;

beforeEach(async () => {
  top = await openBenchTop({ provider: robokassa() });
  await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  top.executor.start();
});

afterEach(async () => {
  await top.close();
});

const run = async (...args: readonly string[]): Promise<CommandRun> => await runOn(top, args);

const DECIDED = ['--evidence', 'seen in the cabinet', '--reason', 'answer was lost', '--by', 'ann'];

/** Loses the answer to a refund; answers its payment and the secret number of its request, if it was booked. */
async function lose(refundId: string, amount: string, mode: string) {
  const paymentId = await top.payment('100.00');
  const fault = { operation: 'create', mode, count: 1, probability: 1, seed: 1 } as const;
  await top.sandbox.addFault('robokassa', fault);
  await top.request([{ refundId, paymentId, amount }]);
  await top.until(refundId, 'review');
  const { refunds } = await top.sandbox.payment('robokassa', paymentId);
  return { paymentId, requestId: refunds[0]?.id ?? '' };
}

describe('refundctl review', () => {
  it('lists what a person has to decide, with the money at risk by currency', async () => {
    expect(await run('review', 'list')).toEqual({ exit: 0, out: 'Nothing is in review.\n', err: '' });
    await lose('a', '10.00', 'drop-before-process');
    await lose('b', '7.50', 'drop-before-process');
    const { exit, out } = await run('review', 'list');
    expect(exit).toBe(0);
    expect(out).toMatch(
      / a +│ robokassa\/default │ \d+ +│ 10\.00 RUB │ .* LOST_ANSWER │ 10\.00 +│ look for it /,
    );
    expect(out).toContain('RUB: 2 in review, 17.50 at risk\n');
    const one = await run('review', 'list', '--limit', '1');
    expect(one.out).toContain('1 more are not listed');
    for (const filter of [
      ['--provider', 'razorpay'],
      ['--account', 'robokassa/other'],
      ['--reason', 'KEY_EXPIRED'],
    ])
      expect((await run('review', 'list', ...filter)).out).toBe('Nothing is in review.\n');
    const filters = ['--account', 'robokassa/default', '--reason', 'LOST_ANSWER'];
    const listed = await run('review', 'list', '--json', ...filters);
    expect(JSON.parse(listed.out)).toMatchObject({
      reviews: [{ refundId: 'a', atRisk: '10', keyed: false }, { refundId: 'b' }],
      totals: [{ currency: 'RUB', refunds: 2, atRisk: '17.5', unknownAmounts: 0 }],
    });
  });

  it('shows why, where to look, what was tried and what waits, and no secret', async () => {
    const { paymentId, requestId } = await lose('a', '10.00', 'drop-after-process');
    await top.request([{ refundId: 'b', paymentId, amount: '5.00' }]);
    const { exit, out } = await run('review', 'show', 'a');
    expect(exit).toBe(0);
    expect(out).toMatch(/Why +│ LOST_ANSWER: the answer was lost/);
    expect(out).toContain(`open the operation of invoice ${paymentId} and its refunds`);
    expect(out).toMatch(/is there a refund of 10(\.00)? RUB made within a minute of \d{4}-/);
    expect(out).toMatch(/1\. refund 10\.00 RUB, reference rr_[0-9a-f]{32}, without a key, armed .*, sent /);
    expect(out).toMatch(/create \(attempt 1\): unknown waiting — no answer/);
    expect(out).toContain('b: 5.00 RUB, requested');
    const json = await run('review', 'show', 'a', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ refund: { refundId: 'a' }, othersCount: 1 });
    const payment = await top.sql.query<{ handle: string }>('select handle from refundry.payment');
    for (const secret of [requestId, payment.rows[0]?.handle ?? 'none'])
      for (const text of [out, json.out]) expect(text).not.toContain(secret);
    expect((await run('review', 'show', 'nowhere')).err).toContain('REFUND_NOT_FOUND');
  });

  it('decides by what was seen, tells what follows, and leaves it in the history', async () => {
    const { requestId } = await lose('a', '10.00', 'drop-after-process');
    const given = ['review', 'resolve', 'a', '--as', 'completed', ...DECIDED, '--request-id', requestId];
    const taken = await run(...given);
    expect(taken).toEqual({ exit: 0, out: 'a is completed.\n', err: '' });
    const shown = await run('refund', 'show', 'a');
    expect(shown.out).toContain('4. completed, RefundCompleted, not published yet — person');
    expect(shown.out).toContain(
      'decided by ann (completed): answer was lost; evidence: seen in the cabinet; the provider showed: found succeeded',
    );
    expect(shown.out).not.toContain(requestId);
    const again = await run(...given);
    expect([again.exit, again.out]).toEqual([2, '']);
    expect(again.err).toMatch(/REVIEW_NOT_OPEN: it is completed.*\n  Not done: nothing was decided/);
    expect((await run('review', 'show', 'a')).out).toContain('completed: nothing to decide');
  });

  it('says what is missing, when to ask again, and what to do about a contradiction', async () => {
    await lose('a', '10.00', 'drop-before-process');
    const resolve = async (...args: readonly string[]) =>
      await run('review', 'resolve', 'a', ...DECIDED, ...args);
    expect((await resolve('--as', 'completed')).err).toContain('--provider-refund');
    expect((await resolve('--as', 'retry')).err).toMatch(
      /REVIEW_ABSENCE_UNCONFIRMED.*\n.*\n.*--confirm-absent/,
    );
    const young = await resolve('--as', 'retry', '--confirm-absent');
    expect([young.exit, young.err]).toEqual([2, expect.stringMatching(/REVIEW_TOO_EARLY.*\n.*\n.*in \d+ s/)]);
    const nowhere = '00000000-0000-4000-8000-000000000000';
    const wrong = await resolve('--as', 'completed', '--request-id', nowhere);
    expect(wrong.err).toMatch(/REVIEW_CONTRADICTED.*\n.*\n.*--force/);
    expect(wrong.err).not.toContain(nowhere);
    await top.sql.query(`update refundry.attempt set fenced_at = fenced_at - interval '1 hour'`);
    const failed = await resolve('--as', 'failed', '--act-by', 'customer', '--final');
    expect(failed.out).toBe('a is failed.\n');
    expect((await top.reports.refund('a'))?.journal.at(-1)?.result).toContain(
      '"actBy":"customer","mayRequestAgain":false',
    );
  });

  it('needs the account of the refund where it runs', async () => {
    await lose('a', '10.00', 'drop-before-process');
    await top.sql.query(`update refundry.refund_id set account = 'old'`);
    const { exit, err } = await run('review', 'resolve', 'a', '--as', 'failed', ...DECIDED);
    expect([exit, err]).toEqual([2, expect.stringContaining('ACCOUNT_NOT_CONFIGURED')]);
  });
});
