import { createHash } from 'node:crypto';
import { Ledger, Wire } from '../testing/index.ts';
import { until } from '../testing/world.ts';
import type { BatchReader, Bus, BusRecord } from '../port.ts';
import { createKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const RUN = `${String(process.pid)}-${Date.now().toString(36)}`;
const RECORDS = 2_000;

/** Texts that compress, and some that do not. */
const valueOf = (no: number): Buffer =>
  no % 10 === 0
    ? createHash('shake256', { outputLength: 900 }).update(String(no)).digest()
    : Buffer.from(
        JSON.stringify({
          refundId: `rf_${String(no)}`,
          provider: 'razorpay',
          amount: '10.50',
          currency: 'INR',
        }),
      );

if (brokers === '') it.todo('compressed batches [skipped, no broker: TEST_KAFKA_BROKERS is not set]');
else
  describe('compressed batches', () => {
    let bus: Bus;
    let wire: Wire;
    const logged: object[] = [];
    const readers: BatchReader[] = [];

    beforeEach(async () => {
      const [first = ''] = brokers.split(',');
      wire = await Wire.to({ host: first.split(':')[0] ?? '', port: Number(first.split(':')[1]) });
      bus = createKafkaBus({
        brokers: [first],
        clientId: 'compressed',
        log: (_level, _text, fields) => logged.push(fields ?? {}),
        route: () => ({ host: '127.0.0.1', port: wire.port }),
      });
    });

    afterEach(async () => {
      wire.restore();
      for (const reader of readers.splice(0)) await reader.stop();
      await bus.close();
      await wire.close();
      logged.length = 0;
    });

    const write = async (
      name: string,
      values: readonly Buffer[],
      { partitions = 1, config = {} }: { partitions?: number; config?: Record<string, string> } = {},
    ): Promise<string> => {
      const topic = `${name}-${RUN}`;
      const admin = await bus.admin();
      await admin.createTopics([{ topic, partitions, config }]);
      await admin.close();
      const writer = await bus.writer();
      const messages = values.map((value, no) => ({
        topic,
        key: Buffer.from(String(no)),
        value,
        headers: [],
      }));
      await writer.send(messages, AbortSignal.timeout(60_000));
      await writer.close();
      return topic;
    };

    const follow = async (topic: string, ledger: Ledger): Promise<BatchReader> => {
      const reader = bus.reader({ groupId: topic, positions: ledger });
      readers.push(reader);
      await reader.start([topic], async (batch) => {
        await Promise.resolve(ledger.take(batch));
      });
      return reader;
    };

    const scan = async (topic: string): Promise<BusRecord[]> => {
      const records: BusRecord[] = [];
      const range = { partition: 0, from: 0, to: Number.MAX_SAFE_INTEGER };
      for await (const batch of bus.scan(topic, [range], AbortSignal.timeout(60_000)))
        records.push(...batch.records);
      return records;
    };

    // The broker compresses what comes in for a topic with a codec of its own: with the code of the Java clients.
    it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
      'with %s › are read by a reader and by a scan',
      async (codec) => {
        const values = Array.from({ length: RECORDS }, (_none, no) => valueOf(no));
        const topic = await write(codec, values, { config: { 'compression.type': codec } });
        const ledger = new Ledger();
        const reader = await follow(topic, ledger);
        await until(
          'all are read',
          () => ledger.positions.get(`${topic}/0`) === RECORDS || reader.health().fatal !== null,
        );
        expect(reader.health().fatal).toBeNull();
        expect(ledger.records.map(({ value }) => value)).toEqual(values);
        expect((await scan(topic)).map(({ value }) => value)).toEqual(values);
      },
    );

    it('that arrive damaged › stop their own partition alone, aloud, and are read once they arrive whole', async () => {
      const values = ['one', 'DAMAGED', 'three', 'four', 'five', 'six'].map((text) => Buffer.from(text));
      const topic = await write('damaged', values, { partitions: 3 });
      wire.alterAnswers((answer) => {
        const at = answer.indexOf('DAMAGED');
        if (at >= 0) answer.write('d', at);
        return answer;
      });
      const ledger = new Ledger();
      const reader = await follow(topic, ledger);
      const isDamaged = (fields: object): boolean => 'code' in fields && fields.code === 'BATCH_UNREADABLE';
      await until('the batch is named', () => logged.some(isDamaged));
      const [place] = logged.filter(isDamaged) as { partition: string; reason: string }[];
      expect(place?.reason).toContain('checksum');
      const admin = await bus.admin();
      const ends = await admin.offsets(topic);
      await admin.close();
      const others = ends.filter(({ partition }) => `${topic}/${String(partition)}` !== place?.partition);
      expect(others.some(({ high }) => high > 0)).toBe(true);
      await until('the other partitions are read', () =>
        others.every(
          ({ partition, high }) => (ledger.positions.get(`${topic}/${String(partition)}`) ?? 0) === high,
        ),
      );
      expect(reader.health()).toMatchObject({ joined: true, fatal: null });
      expect(ledger.positions.get(place?.partition ?? '')).toBeUndefined();
      const partition = Number(place?.partition.split('/').at(-1));
      const range = { partition, from: 0, to: 1 };
      await expect(
        bus.scan(topic, [range], AbortSignal.timeout(60_000))[Symbol.asyncIterator]().next(),
      ).rejects.toMatchObject({
        code: 'BATCH_UNREADABLE',
      });
      wire.restore();
      await until('all are read', () => ledger.records.length === values.length);
      expect(ledger.texts.toSorted()).toEqual(values.map(String).toSorted());
    });
  });
