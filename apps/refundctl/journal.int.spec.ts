import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decimal } from 'decimal.js';
import { openJournalBench, type JournalBench } from '../../test/journal/journal-bench.ts';
import { runCommand, type CommandRun } from '../../test/support/run-command.ts';

let bench: JournalBench;
let directory: string;

/** Two refunds in full, one of part of a payment that somebody else had refunded before, one declined, one rejected, one reversed. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'refundry-journal-'));
  bench = await openJournalBench({
    account: (configured) => ({
      ...configured,
      policy: { ...configured.policy, rereadFirstMs: 50, rereadForMs: 60_000 },
    }),
  });
  const { top } = bench;
  await bench.completed('a', { requestedBy: '=HYPERLINK("x")', reason: 'said "no"' });
  await bench.completed('b');
  const paymentId = await top.payment('100.00');
  await refundElsewhere(paymentId, 3000);
  await top.request([{ refundId: 'c', paymentId, amount: '20.55' }]);
  await top.until('c', 'completed');
  await top.request([{ refundId: 'd', paymentId, amount: '60.00' }]);
  await top.until('d', 'failed');
  await bench.completed('e');
  const reversed = await top.reports.refund('e');
  await top.sandbox.changeRefund('razorpay', reversed?.refund.providerRefundId ?? '', 'fail');
  await top.until('e', 'reversed');
  await bench.seal();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await bench.close();
});

/** As somebody does in the provider's dashboard. */
async function refundElsewhere(paymentId: string, amount: number): Promise<void> {
  const credentials = Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64');
  const answer = await fetch(`${bench.top.sandboxUrl}/v1/payments/${paymentId}/refund`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    body: JSON.stringify({ amount }),
  });
  expect(answer.status).toBe(200);
}

async function run(...args: readonly string[]) {
  return await runWith({}, ...args);
}

async function runWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandRun> {
  const { sandboxUrl, databaseUrl } = bench.top;
  return await runCommand(
    { NODE_ENV: 'test', SANDBOX_URL: sandboxUrl, DATABASE_URL: databaseUrl, ...env },
    args,
  );
}

interface Exported {
  readonly entry: string;
  readonly refundId: string | null;
  readonly state: string;
  readonly actor: string;
  readonly cause: string;
  readonly lines: readonly { account: string; debit?: string; credit?: string }[];
}

async function exported(...args: readonly string[]): Promise<readonly Exported[]> {
  const { out } = await run('journal', 'export', '--mode', 'test', '--format', 'json', ...args);
  return out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Exported);
}

/** What an account of the books comes to: debits less credits. */
function balance(all: readonly Exported[], account: string): string {
  return all
    .flatMap(({ lines }) => lines)
    .filter((line) => line.account === account)
    .reduce((sum, { debit = 0, credit = 0 }) => sum.plus(debit).minus(credit), new Decimal(0))
    .toFixed(2);
}

describe('refundctl journal export', () => {
  it('has every change with its time, actor and cause, in the order of the journal', async () => {
    const all = await exported();
    const ofA = all.filter(({ refundId }) => refundId === 'a');
    expect(ofA).toMatchObject([
      { entry: 'a.1', state: 'requested', actor: '=HYPERLINK("x")', cause: 'request', lines: [] },
      { entry: 'a.2', state: 'completed', actor: 'refundry', cause: expect.any(String) as string },
    ]);
    expect(all.filter(({ refundId }) => refundId === 'e').map(({ state }) => state)).toEqual([
      'requested',
      'completed',
      'reversed',
    ]);
  });

  it('comes to what the provider has booked, and what was given back elsewhere is on an account of its own', async () => {
    const all = await exported();
    const booked = (await bench.top.booked())
      .filter(({ status }) => status === 'processed')
      .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
    const ours = new Decimal(balance(all, 'test:refunds:razorpay:default'));
    const external = balance(all, 'test:external:razorpay:default');
    expect([ours.toFixed(2), external]).toEqual(['40.55', '30.00']);
    const truth = ours.plus(external).toFixed(2);
    expect(balance(all, 'test:provider:razorpay:default')).toBe(`-${truth}`);
    expect(booked.toFixed(2)).toBe(truth);
  });

  it('keeps test money out of live books, and says how much of it there is', async () => {
    const { exit, out, err } = await run('journal', 'export', '--format', 'ledger');
    expect([exit, out]).toEqual([0, '']);
    expect(err).toMatch(/0 changes of live money; 6 of test money are left out/);
  });

  it('cuts time from the beginning to before the end', async () => {
    const all = await exported();
    const [, second] = all as readonly (Exported & { readonly time: string })[];
    const at = second?.time ?? '';
    const before = await exported('--to', at);
    const after = await exported('--from', at);
    expect(before.length + after.length).toBe(all.length);
    expect(before.every((one) => (one as Exported & { time: string }).time < at)).toBe(true);
    expect(after[0]?.entry).toBe(second?.entry);
  });

  it('as CSV has a row for each line, and no cell that a spreadsheet would run', async () => {
    const { out } = await run('journal', 'export', '--mode', 'test');
    expect(out.split('\r\n')[0]).toMatch(/^time,entry,mode,/);
    expect(out).toContain(`"'=HYPERLINK(""x"")"`);
    expect(out.match(/^[^\r\n]*,test:refunds:razorpay:default,10\.00,\r$/gm)).toHaveLength(3);
  });

  it('into a file leaves none under that name before it is complete', async () => {
    const file = join(directory, 'journal.csv');
    const { exit, out } = await run('journal', 'export', '--mode', 'test', '--output', file);
    expect([exit, out]).toEqual([0, '']);
    const direct = await run('journal', 'export', '--mode', 'test');
    expect(readFileSync(file, 'utf8')).toBe(direct.out);
    const nowhere = join(directory, 'nowhere', 'x.csv');
    expect((await run('journal', 'export', '--output', nowhere)).exit).toBe(1);
    expect(existsSync(nowhere)).toBe(false);
    expect(readdirSync(directory)).toEqual(['journal.csv']);
  });

  it('names what was given back elsewhere as the books name it now, and leaves old entries as they were published', async () => {
    const file = join(directory, 'refundry.json');
    writeFileSync(
      file,
      JSON.stringify({ books: { refunds: 'new:{account}', external: 'past-us:{currency}' } }),
    );
    const { out } = await runWith(
      { REFUNDRY_CONFIG: file },
      'journal',
      'export',
      '--mode',
      'test',
      '--format',
      'ledger',
    );
    rmSync(file);
    expect(out).toContain('test:past-us:INR');
    expect(out).toContain('test:refunds:razorpay:default');
    expect(out).not.toContain('test:new:');
  });
});

describe.each(['hledger', 'ledger'])('the export in %s', (program) => {
  // Where the program is not installed this is a skip that is seen.
  const isInstalled = spawnSync(program, ['--version']).status === 0;
  (isInstalled ? describe : describe.skip)('if it is installed', () => {
    it('balances to zero', async () => {
      const file = join(directory, `${program}.journal`);
      await run('journal', 'export', '--mode', 'test', '--format', 'ledger', '--output', file);
      const { status, stdout, stderr } = spawnSync(program, ['-f', file, 'balance', '--flat'], {
        encoding: 'utf8',
      });
      rmSync(file);
      expect([status, stderr]).toEqual([0, '']);
      const balances = stdout
        .trimEnd()
        .split('\n')
        .map((text) => text.trim().replaceAll(/ +/g, ' '));
      expect(balances).toEqual([
        '30.00 INR test:external:razorpay:default',
        '-70.55 INR test:provider:razorpay:default',
        '40.55 INR test:refunds:razorpay:default',
        expect.stringMatching(/^-+$/),
        '0',
      ]);
    });
  });
});

describe('refundctl journal verify', () => {
  it('says that everything is as it was written, and exits 0', async () => {
    const { exit, out } = await run('journal', 'verify', '--seals-from-bus');
    expect([exit, out]).toEqual([
      0,
      expect.stringMatching(
        /^5 refunds with \d+ entries, \d+ seals, compared with \d+ published ones: everything is as it was written\.\n$/,
      ),
    ]);
  });

  it('can be cut to a time, and answers as JSON', async () => {
    const { exit, out } = await run('journal', 'verify', '--to', '2020-01-01', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ refunds: 0, entries: 0, faults: 0, publishedSeals: null });
  });

  it('names what is not, and exits 2', async () => {
    const restore = await bench.keep();
    await bench.top.sql.query(
      `update refundry.journal set status = replace(status, '"10.00"', '"11.00"') where refund_id = 'a' and sequence = 2`,
    );
    const { exit, out, err } = await run('journal', 'verify');
    await restore();
    expect(exit).toBe(2);
    expect(out).toContain('ENTRY_CHANGED  refund a, entry 2: its events do not give its digest');
    expect(err).toContain('JOURNAL_FAULTY');
  });

  it('that cannot read the topic of the seals exits 1', async () => {
    const file = join(directory, 'refundry.json');
    writeFileSync(file, JSON.stringify({ topics: { seals: 'no.such.topic' } }));
    const { exit, err } = await runWith({ REFUNDRY_CONFIG: file }, 'journal', 'verify', '--seals-from-bus');
    rmSync(file);
    expect([exit, err]).toEqual([1, expect.stringContaining('TOPIC_MISSING')]);
  });
});

describe('refundctl refund erase', () => {
  it('erases, shows that it did, and leaves the journal as it was written', async () => {
    const { exit, out } = await run(
      'refund',
      'erase',
      'a',
      '--reason',
      'asked by the customer',
      '--by',
      'ann',
    );
    expect([exit, out]).toEqual([
      0,
      'The free text of a is erased, in its request and 2 entries of the journal.\n',
    ]);
    expect((await run('refund', 'show', 'a')).out).toMatch(
      /Free text .* erased by ann .*: asked by the customer/,
    );
    expect((await run('refund', 'erase', 'a', '--reason', 'again', '--by', 'bob')).out).toContain(
      'was erased by ann',
    );
    expect((await run('journal', 'verify', '--seals-from-bus')).exit).toBe(0);
    expect((await exported()).find(({ entry }) => entry === 'a.1')?.actor).toBe('refundry');
  });

  it('refuses what it cannot', async () => {
    expect((await run('refund', 'erase', 'nobody', '--reason', 'x')).exit).toBe(2);
    expect((await run('refund', 'erase', 'b', '--reason', ' ')).exit).toBe(2);
    await bench.top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    const paymentId = await bench.top.payment('100.00');
    await bench.top.request([{ refundId: 'p', paymentId, amount: '10.00' }]);
    await bench.top.until('p', 'pending');
    const { exit, err } = await run('refund', 'erase', 'p', '--reason', 'x');
    expect([exit, err]).toEqual([2, expect.stringContaining('REFUND_STILL_OPEN: p is pending')]);
  });
});
