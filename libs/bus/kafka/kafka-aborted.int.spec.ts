import kafkajs from 'kafkajs';
import { Ledger } from '../testing/index.ts';
import { until } from '../testing/world.ts';
import { createKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const TOPIC = `aborted-${String(process.pid)}-${Date.now().toString(36)}`;

if (brokers === '') it.todo('aborted transactions [skipped, no broker: TEST_KAFKA_BROKERS is not set]');
else
  describe('transactions of several producers that are given up in another order than they began in', () => {
    it('show none of their records, to a reader or to a scan', async () => {
      const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'aborted', log: () => undefined });
      const admin = await bus.admin();
      await admin.createTopics([{ topic: TOPIC, partitions: 1 }]);
      await admin.close();
      const direct = new kafkajs.Kafka({
        brokers: brokers.split(','),
        logLevel: kafkajs.logLevel.NOTHING,
      });
      const producers = ['a', 'b', 'c'].map((name) =>
        direct.producer({ transactionalId: `${TOPIC}-${name}`, idempotent: true, maxInFlightRequests: 1 }),
      );
      for (const producer of producers) await producer.connect();
      const [a, b, c] = await Promise.all(producers.map(async (producer) => await producer.transaction()));
      const send = async (by: kafkajs.Transaction | undefined, value: string): Promise<void> => {
        await by?.send({ topic: TOPIC, messages: [{ value }] });
      };
      for (const value of ['1', '2']) {
        await send(a, `of a, given up ${value}`);
        await send(b, `of b, given up ${value}`);
        await send(c, `kept ${value}`);
      }
      await b?.abort();
      await send(a, 'of a, given up 3');
      await c?.commit();
      await a?.abort();
      for (const producer of producers) await producer.disconnect();

      const ledger = new Ledger();
      const reader = bus.reader({ groupId: TOPIC, positions: ledger });
      await reader.start([TOPIC], async (batch) => {
        await Promise.resolve(ledger.take(batch));
      });
      // Seven records and three markers.
      await until('all of it is read', () => ledger.positions.get(`${TOPIC}/0`) === 10);
      await reader.stop();
      const scanned: string[] = [];
      const whole = { partition: 0, from: 0, to: Number.MAX_SAFE_INTEGER };
      for await (const { records } of bus.scan(TOPIC, [whole], AbortSignal.timeout(60_000)))
        scanned.push(...records.map(({ value }) => String(value)));
      await bus.close();
      expect([ledger.texts, scanned]).toEqual([
        ['kept 1', 'kept 2'],
        ['kept 1', 'kept 2'],
      ]);
    });
  });
