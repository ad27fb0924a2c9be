import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { refundAtRazorpay } from './plants.ts';
import { runCommand } from '../support/run-command.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let directory: string;

beforeAll(async () => {
  world = await openWorld();
  directory = await mkdtemp(join(tmpdir(), 'refundry-reconcile-'));
});
afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true, force: true });
});

const FROM = ['reconcile', '--from', '2020-01-01'];

describe('refundctl reconcile', () => {
  it('exits 0 without differences, and 2 with the three reports when somebody refunds past us', async () => {
    const paymentId = await world.payment('razorpay', '100.00', 'INR');
    const request = { refundId: 'rf_1', provider: 'razorpay', paymentId, amount: '10.00', currency: 'INR' };
    await world.request(request);
    await world.until('rf_1', 'completed');
    const clean = await world.refundctl(...FROM);
    expect([clean.exit, clean.err]).toEqual([0, '']);
    expect(clean.out).toMatch(/razorpay\/default +│ INR/);
    const elsewhere = await refundAtRazorpay(world, paymentId, '3.00');
    await until('the refund to be old enough', async () => (await world.refundctl(...FROM)).exit === 2);
    const { exit, out, err } = await world.refundctl(...FROM, '--output', directory);
    expect([exit, err]).toEqual([2, expect.stringContaining('DIFFERENCES_FOUND: 1 difference was found')]);
    expect(out).toContain('unknown-to-us');
    const read = async (name: string): Promise<string> => await readFile(join(directory, name), 'utf8');
    const json = JSON.parse(await read('reconcile.json')) as { differences: object[] };
    expect(json.differences).toMatchObject([
      { class: 'unknown-to-us', paymentId, providerRefundId: elsewhere },
    ]);
    for (const name of ['reconcile.csv', 'reconcile.html']) expect(await read(name)).toContain(elsewhere);
    const other = await world.refundctl(...FROM, '--provider', 'braintree');
    expect(other.exit).toBe(0);
  });

  it('reports everything else and exits 1 when no provider answers', async () => {
    const environment = { ...world.environment, SANDBOX_URL: 'http://127.0.0.1:1' };
    const { exit, out, err } = await runCommand(environment, [...FROM, '--provider', 'razorpay']);
    expect([exit, err]).toEqual([1, expect.stringContaining('NOT_ALL_COMPARED')]);
    expect(out).toMatch(/Could not be compared: razorpay\/default: the request was not sent/);
    expect(out).not.toContain('missing-at-provider');
  });

  it.each([
    [['reconcile'], /required option '--from/],
    [[...FROM, '--account', 'x'], /together with its provider/],
    [[...FROM, '--to', '2019-01-01'], /--to is not after --from/],
    [[...FROM, '--provider', 'stripe'], /One of braintree, razorpay, robokassa/],
    [[...FROM, '--heal', 'everything'], /One of look-up, record-external, publish/],
    [[...FROM, '--statement', 'a.csv'], /needs the zone/],
    [[...FROM, '--statement', 'a.csv', '--zone', 'Moscow'], /no zone Moscow/],
    [[...FROM, '--statement', '/nowhere.csv', '--zone', 'Europe/Moscow'], /cannot be read/],
    [
      [...FROM, '--statement', 'razorpay/default=a.csv', '--zone', 'UTC'],
      /no account of this run that needs/,
    ],
  ])('%j is wrong usage', async (args, expected) => {
    const { exit, err } = await world.refundctl(...args);
    expect([exit, err]).toEqual([2, expect.stringMatching(expected)]);
  });

  it('compares nothing with a statement that it cannot read, and names the line', async () => {
    const file = join(directory, 'statement.csv');
    await writeFile(file, 'invoice,amount,date,state\n7,ten,2026-11-24,finished\n');
    const { exit, err } = await world.refundctl(...FROM, '--statement', file, '--zone', 'Europe/Moscow');
    expect([exit, err]).toEqual([
      1,
      expect.stringMatching(/STATEMENT_UNREADABLE: line 2: the amount is no amount/),
    ]);
  });
});
