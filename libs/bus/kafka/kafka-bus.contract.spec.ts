import kafkajs from 'kafkajs';
import { describeBus, Wire, type BusFixture } from '../testing/index.ts';
import { createKafkaBus } from './kafka-bus.ts';

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const CAPABILITIES = { compaction: true, retention: true, transactionMarkers: true, recordSizeLimit: true };

async function makeFixture(): Promise<BusFixture> {
  const [first = ''] = brokers.split(',');
  const target = { host: first.split(':')[0] ?? '', port: Number(first.split(':')[1]) };
  const direct = new kafkajs.Kafka({ brokers: [first], logLevel: kafkajs.logLevel.NOTHING });
  const admin = direct.admin();
  await admin.connect();
  return {
    connect: async () => {
      const wire = await Wire.to(target);
      const bus = createKafkaBus({
        brokers: [first],
        clientId: 'bus-contract',
        log: () => undefined,
        route: () => ({ host: '127.0.0.1', port: wire.port }),
      });
      return { bus, wire };
    },
    appendTransaction: async (topic, values) => {
      // An aborted one leaves records that no reader sees, and a marker.
      const shown = values.length > 0 ? values : ['aborted'];
      const { transaction, end } = await begin(direct, topic, shown);
      await (values.length > 0 ? transaction.commit() : transaction.abort());
      await end();
    },
    openTransaction: async (topic, values) => {
      const { transaction, end } = await begin(direct, topic, values);
      return async () => {
        await transaction.commit();
        await end();
      };
    },
    deleteBefore: async (topic, offset) => {
      // deleteTopicRecords finds the leader only in metadata that this call loads.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
    },
    close: async () => {
      await admin.disconnect();
    },
  };
}

async function begin(
  direct: kafkajs.Kafka,
  topic: string,
  values: readonly string[],
): Promise<{ transaction: kafkajs.Transaction; end: () => Promise<void> }> {
  const producer = direct.producer({
    transactionalId: topic,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
  const end = async (): Promise<void> => {
    await producer.disconnect();
  };
  return { transaction, end };
}

if (brokers !== '') {
  describeBus('Kafka bus', makeFixture, CAPABILITIES);
} else if (process.env['CI'] === 'true') {
  it('finds a broker in TEST_KAFKA_BROKERS, which CI must provide', () => {
    expect(brokers).not.toBe('');
  });
} else {
  it.todo('Kafka bus [skipped, no broker: TEST_KAFKA_BROKERS is not set]');
}
