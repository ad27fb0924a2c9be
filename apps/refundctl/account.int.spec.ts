import { openBenchTop, type BenchTop } from '../../test/processing/bench-top.ts';
import { runOn, type CommandRun } from '../../test/support/run-command.ts';

let top: BenchTop;

beforeEach(async () => {
  top = await openBenchTop({ verify: 'never' });
  top.executor.start();
  await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'restore', untilMs: null });
  await top.request([{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '10.00' }]);
});

afterEach(async () => {
  await top.close();
});

const run = async (...args: readonly string[]): Promise<CommandRun> => await runOn(top, args);

const verbs = async (): Promise<readonly string[]> =>
  (await top.until('a', 'completed')).calls.map(({ verb }) => verb);

describe('refundctl account resume', () => {
  it('lets what waited go on', async () => {
    const { exit, out } = await run('account', 'resume', 'razorpay/default');
    expect([exit, out]).toEqual([0, 'razorpay/default runs; what waited for it is due now.\n']);
    expect(await verbs()).toEqual(['create']);
  });

  it('after rows were lost › has it looked up before anything is sent, and keeps that among the operations', async () => {
    const { exit, out } = await run('account', 'resume', 'razorpay/default', '--look-first');
    expect(exit).toBe(0);
    expect(out).toMatch(
      /^What waits of 1 payments is looked up before it is sent\.\nrazorpay\/default runs;/,
    );
    const [first, ...others] = await verbs();
    expect([first, others.at(-1)]).toEqual(['lookUp', 'create']);
    expect((await run('operations', 'list')).out).toContain('look first');
  });

  it('of an account that is not known › changes nothing', async () => {
    const { exit, err } = await run('account', 'resume', 'razorpay/other', '--look-first');
    expect([exit, err]).toEqual([2, expect.stringContaining('ACCOUNT_NOT_FOUND')]);
    const { rows } = await top.sql.query('select look_first from refundry.refund');
    expect(rows).toEqual([{ look_first: false }]);
  });
});
