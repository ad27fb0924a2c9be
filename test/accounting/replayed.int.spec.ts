import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, type BusRecord } from '#libs/bus';
import { readConfig, type Config } from '#libs/config';
import { requestMessage } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { startProcessor, type RunningProcessor } from '../../apps/processor/start.ts';
import { refundctl } from '../../apps/refundctl/refundctl.ts';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { dumpTopic } from '../chaos/topic-dump.ts';
import { until } from '../support/until.ts';
import { bookedIn, ceIdOf, KINDS, openBooksBench, sumOfLines, type BooksBench } from './books-bench.ts';

const REFUNDS = 12;

describe.each(KINDS)('events that refundctl publishes again into a fresh topic on %s', (kind) => {
  let bench: BooksBench;
  let server: Sandbox;
  let processor: RunningProcessor;
  let config: Config;
  let directory: string;
  let file: string;

  beforeEach(async () => {
    bench = await openBooksBench(kind);
    server = await startSandbox();
    const { results, acknowledged } = bench.topics;
    const read = readConfig({ ...bench.environment, SANDBOX_URL: server.url, PORT: '0' });
    const topics = {
      requested: `${results}.requested`,
      status: `${results}.status`,
      deadLetters: `${results}.dlq`,
      results,
      acknowledged,
      seals: `${results}.seals`,
    };
    config = { ...read, topics };
    directory = await mkdtemp(join(tmpdir(), 'refundry-replayed-'));
    file = join(directory, 'refundry.json');
    await writeFile(file, JSON.stringify({ topics }));
    const roles = new Set(['intake', 'executor', 'relay'] as const);
    processor = await startProcessor(config, roles, createLogger({ level: 'silent', name: 'test' }));
  });
  afterEach(async () => {
    await processor.stop();
    await bench.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Refunds that end completed, and some that end rejected. */
  async function request(): Promise<void> {
    const sandbox = new SandboxClient(server.url);
    const messages = [];
    for (let no = 0; no < REFUNDS; no += 1) {
      const payment = { provider: 'razorpay', amount: '100.00', currency: 'INR' };
      const { paymentId } = await sandbox.createPayment(payment);
      const amount = no % 4 === 3 ? '100.01' : `${String(no + 1)}.25`;
      const refundId = `rf_${String(no)}`;
      messages.push(
        requestMessage(
          { refundId, provider: 'razorpay', paymentId, amount, currency: 'INR', reason: 'returned' },
          { topic: '', ceId: refundId, ceSource: '/orders', time: new Date().toISOString() },
        ),
      );
    }
    await bench.publish(config.topics.requested, messages);
  }

  async function publishAgain(topic: string): Promise<readonly [number, string]> {
    let told = '';
    const tell = (text: string): void => void (told += text);
    const env = { ...bench.environment, NODE_ENV: 'test', REFUNDRY_CONFIG: file };
    const exit = await refundctl(['replay', 'publish', '--topic', topic], { env, out: tell, err: tell });
    return [exit, told];
  }

  it('are the same bytes, and give a consumer that starts from them the same balances', async () => {
    const { topics, bus } = bench;
    const live = await bench.start();
    await request();
    await until('every refund has its result', async () => (await endOf(bus, topics.results)) >= REFUNDS);
    const published = await publishAgain(topics.copy);
    expect(published).toEqual([0, expect.stringContaining(`${String(REFUNDS)} events were published`)]);
    const other = await bench.start({ consumer: 'rehearsal', topic: topics.copy, acknowledgedTopic: null });
    await bench.caughtUp(topics.results);
    await bench.caughtUp(topics.copy, 'rehearsal');
    const [first, again] = [await dumpTopic(bus, topics.results), await dumpTopic(bus, topics.copy)];
    expect(contents(again)).toEqual(contents(first));
    expect(again).toHaveLength(REFUNDS);
    const [books, rehearsed] = [await live.statement(), await other.statement()];
    expect(rehearsed.balances).toEqual(books.balances);
    expect(rehearsed.results).toBe(REFUNDS);
    expect(bookedIn(rehearsed)).toEqual(sumOfLines(first));
    expect(bookedIn(rehearsed)).toHaveLength(2);
  });
});

async function endOf(bus: Bus, topic: string): Promise<number> {
  const admin = await bus.admin();
  const ends = await admin.offsets(topic);
  await admin.close();
  return ends.reduce((sum, { high }) => sum + high, 0);
}

/** Key, value and headers of each event by its id; the relay may have published one twice. */
function contents(records: readonly BusRecord[]): ReadonlyMap<string, string> {
  const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;
  return new Map(
    records.map((record) => [
      ceIdOf(record),
      JSON.stringify([
        hex(record.key),
        hex(record.value),
        record.headers.map(({ name, value }) => [name, hex(value)]),
      ]),
    ]),
  );
}
