import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { requestMessage } from '#libs/contracts';
import { until } from '../support/until.ts';
import { describeOnKafka, openWorld, type World } from './world.ts';

const REFUNDCTL = join(import.meta.dirname, '../../dist/apps/refundctl/main.js');
const DECIDED = ['--evidence', 'seen in the cabinet', '--reason', 'answer was lost', '--by', 'ann'];

let world: World;
/** Results as they are read from the topic: `refundId type`. */
let results: string[];
let stopReading: () => Promise<void>;

beforeEach(async () => {
  world = await openWorld();
  results = [];
  const reader = world.bus.reader({ groupId: `${world.groupId}-orders` });
  await reader.start([world.topics.results], async ({ records }) => {
    for (const { headers } of records) {
      const text = (name: string): string =>
        headers.find((header) => header.name === name)?.value?.toString('utf8') ?? '';
      results.push(`${text('ce_subject')} ${text('ce_type')}`);
    }
    await Promise.resolve();
  });
  stopReading = async () => {
    await reader.stop();
  };
  await world.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  await world.startProcessor();
});

afterEach(async () => {
  await stopReading();
  await world.close();
});

/** What the real program prints; rejects when it does not exit with 0. */
const refundctl = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [REFUNDCTL, ...args], {
    env: { ...process.env, ...world.environment },
  });
  return stdout;
};

/** Has a refund requested whose answer is lost, and waits until it is a person's. */
const lose = async (refundId: string, mode: string): Promise<string> => {
  const fault = { operation: 'create', mode, count: 1, probability: 1, seed: 1 } as const;
  await world.sandbox.addFault('robokassa', fault);
  const payment = { provider: 'robokassa', amount: '100.00', currency: 'RUB' } as const;
  const { paymentId } = await world.sandbox.createPayment(payment);
  const request = requestMessage(
    { refundId, provider: 'robokassa', paymentId, amount: '10.00', currency: 'RUB' },
    {
      topic: world.topics.requested,
      ceId: `e-${refundId}`,
      ceSource: '/orders',
      time: new Date().toISOString(),
    },
  );
  const writer = await world.bus.writer();
  await writer.send([request], AbortSignal.timeout(30_000));
  await writer.close();
  await until('it is in review', async () => (await refundctl('review', 'list')).includes(` ${refundId} `));
  return paymentId;
};

const booked = async (paymentId: string): Promise<readonly { readonly id: string }[]> =>
  (await world.sandbox.payment('robokassa', paymentId)).refunds;

/** As if the call had been made an hour ago: whatever it made is visible by now. */
const anHourLater = async (): Promise<void> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  await client.query(`update refundry.attempt set fenced_at = fenced_at - interval '1 hour'`);
  await client.query(`update refundry.refund set called_at = called_at - interval '1 hour'`);
  await client.end();
};

describeOnKafka('a refund at RoboKassa whose answer was lost', () => {
  it('is shown to a person, completed by what they saw, and published; the money went out once', async () => {
    const paymentId = await lose('paid', 'drop-after-process');
    const shown = await refundctl('review', 'show', 'paid');
    expect(shown).toContain('LOST_ANSWER');
    expect(shown).toContain(`open the operation of invoice ${paymentId} and its refunds`);
    const [refund] = await booked(paymentId);
    const seen = ['--request-id', refund?.id ?? ''];
    const said = await refundctl('review', 'resolve', 'paid', '--as', 'completed', ...DECIDED, ...seen);
    expect(said).toBe('paid is completed.\n');
    await until('its result is on the topic', () => results.length > 0);
    expect(results).toEqual(['paid RefundCompleted']);
    expect(await booked(paymentId)).toHaveLength(1);
  }, 120_000);

  it('is sent again once a person has confirmed that nothing was booked, and completes', async () => {
    const paymentId = await lose('unpaid', 'drop-before-process');
    expect(await booked(paymentId)).toHaveLength(0);
    await anHourLater();
    const said = await refundctl(
      'review',
      'resolve',
      'unpaid',
      '--as',
      'retry',
      '--confirm-absent',
      ...DECIDED,
    );
    expect(said).toContain('unpaid is requested');
    await until('its result is on the topic', () => results.length > 0);
    expect(results).toEqual(['unpaid RefundCompleted']);
    expect(await booked(paymentId)).toHaveLength(1);
  }, 120_000);
});
