import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaAvailable, type LocalKafka, startKafka } from './index.ts';
import { accepts } from './port.ts';
import { processIdentity } from './process-identity.ts';

const available = process.env['TEST_KAFKA'] === '0' ? { ok: false } : await kafkaAvailable();

(available.ok ? describe : describe.skip)('a local Kafka broker', () => {
  let dataDir: string;
  let kafka: LocalKafka;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'refundry-local-stack-'));
    kafka = await startKafka({ dataDir });
  });

  afterAll(async () => {
    await kafka.stop();
    rmSync(dataDir, { recursive: true });
  });

  const client = (): Kafka =>
    new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING, retry: { retries: 20 } });

  async function produce(topic: string, value: string): Promise<void> {
    const producer = client().producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value }], acks: -1 });
    await producer.disconnect();
  }

  async function latestOffset(topic: string): Promise<string | undefined> {
    const admin = client().admin();
    await admin.connect();
    const [partition] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return partition?.high;
  }

  it('keeps records and address through a stop and a crash', async () => {
    const admin = client().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
    await admin.disconnect();

    await produce('kept', 'before the stop');
    const { pid } = kafka;
    await kafka.stop();
    expect(kafka.pid).toBeUndefined();
    expect(processIdentity(pid ?? 0)).toBeUndefined();
    await expect(accepts(kafka.port)).resolves.toBe(false);

    await kafka.start();
    await produce('kept', 'before the crash');
    await kafka.crash();
    await expect(accepts(kafka.port)).resolves.toBe(false);

    await kafka.start();
    await expect(latestOffset('kept')).resolves.toBe('2');
  });

  it('refuses a second broker on its directory', async () => {
    await expect(startKafka({ dataDir })).rejects.toMatchObject({ code: 'LOCAL_KAFKA_IN_USE' });
  });

  it('ends when the process it belongs to is killed', async () => {
    await kafka.stop();
    const library = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href);
    const program = `
      import { startKafka } from ${library};
      console.log((await startKafka({ dataDir: ${JSON.stringify(dataDir)} })).pid);
      setInterval(() => {}, 1000);
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const broker = Number(line);
    expect(processIdentity(broker)).toBeDefined();
    owner.kill('SIGKILL');
    while (processIdentity(broker) !== undefined) await pause(20);
    await expect(accepts(kafka.port)).resolves.toBe(false);
  });
});
