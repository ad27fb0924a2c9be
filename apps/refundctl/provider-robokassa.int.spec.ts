import { providerRefundIdOf } from '#libs/provider-robokassa';
import { openBenchTop, type BenchTop } from '../../test/processing/bench-top.ts';
import { robokassa } from '../../test/processing/robokassa-provider.ts';
import { runOn, type CommandRun } from '../../test/support/run-command.ts';

let top: BenchTop;

afterEach(async () => {
  await top.close();
});

async function open(more: Readonly<Record<string, string>> = {}): Promise<void> {
  top = await openBenchTop({ provider: robokassa(more) });
  await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 50 });
  top.executor.start();
}

const run = async (...args: readonly string[]): Promise<CommandRun> =>
  await runOn(top, ['provider', 'robokassa', 'refunds', ...args]);

/** A completed refund with the number that RoboKassa knows it by. */
async function refunded(): Promise<{ readonly paymentId: string; readonly number: string }> {
  const paymentId = await top.payment('100.00');
  await top.request([{ refundId: 'rf_1', paymentId, amount: '10.50' }]);
  await top.until('rf_1', 'completed');
  const [booked] = (await top.sandbox.payment('robokassa', paymentId)).refunds;
  return { paymentId, number: booked?.id ?? '' };
}

describe('a refund', () => {
  it('is shown by our own id through the number in the database, or by that number, and the number is printed nowhere', async () => {
    await open();
    const { number } = await refunded();
    const hash = providerRefundIdOf(number);
    for (const asked of [['--refund', 'rf_1'], [number]]) {
      const { exit, out, err } = await run('show', ...asked, '--json');
      expect([exit, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject({
        providerRefundId: hash,
        amount: '10.50',
        status: 'finished',
        entity: { requestId: '[redacted]', label: 'finished' },
      });
      const table = await run('show', ...asked);
      expect(table.out).toMatch(/label +│ finished/);
      expect(out + table.out + table.err).not.toContain(number);
    }
  });

  it('of the legacy interface is shown by its invoice', async () => {
    await open({ api: 'v1' });
    const { paymentId } = await refunded();
    for (const asked of [['--refund', 'rf_1'], [`v1_${paymentId}`]]) {
      const { exit, out } = await run('show', ...asked, '--json');
      expect(exit).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ paymentId, status: '5', entity: { Code: '0', State: '5' } });
    }
  });
});

describe('what cannot be answered', () => {
  const nowhere = '00000000-1338-4745-ba5c-28d16cbcdb3d';

  it.each([
    ['a number that nobody gave', ['show', nowhere], 'PROVIDER_REFUND_NOT_FOUND'],
    ['the hash of a number', ['show', providerRefundIdOf(nowhere)], 'REFUND_ID_INVALID'],
    ['a list', ['list'], 'QUESTION_NOT_ACCEPTABLE: robokassa/default has no lists of refunds'],
    ['a note', ['annotate', nowhere, '--note', 'a=b'], 'QUESTION_NOT_ACCEPTABLE'],
  ])('%s › is told with exit code 2, and without the number', async (_what, args, expected) => {
    await open();
    const { exit, err } = await run(...args);
    expect([exit, err]).toEqual([2, expect.stringContaining(expected)]);
    expect(err).not.toContain(nowhere);
  });
});
