import type { BatchReader, Bus, BusAdmin, BusBatch, BusWriter, ReaderOptions, ScanRange } from '../port.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import type { KafkaBusOptions } from './kafka-client.ts';
import { KafkaReader } from './kafka-reader.ts';
import { scanKafka } from './kafka-scan.ts';
import { KafkaWriter } from './kafka-writer.ts';

/**
 * The bus on Apache Kafka through kafkajs. Nothing is connected before it is needed, and nothing is shared: each reader, writer and admin has
 * connections of its own, so that one can be given up without the others.
 */
export function createKafkaBus(options: KafkaBusOptions): Bus {
  const readers = new Set<KafkaReader>();
  const others = new Set<{ close(): Promise<void> }>();
  let clusterId: Promise<string> | null = null;
  const readClusterId = async (): Promise<string> => {
    const admin = await KafkaAdmin.connect(options, () => undefined);
    try {
      return await admin.clusterId();
    } finally {
      await admin.close();
    }
  };
  return {
    kind: 'kafka',
    capabilities: { compaction: true, retention: true, transactionMarkers: true, recordSizeLimit: true },
    async id(): Promise<string> {
      clusterId ??= readClusterId();
      try {
        return await clusterId;
      } catch (error) {
        clusterId = null;
        throw error;
      }
    },
    reader(readerOptions: ReaderOptions): BatchReader {
      const reader = new KafkaReader(options, readerOptions);
      readers.add(reader);
      return reader;
    },
    async writer(): Promise<BusWriter> {
      const writer: KafkaWriter = new KafkaWriter(options, () => others.delete(writer));
      others.add(writer);
      return await Promise.resolve(writer);
    },
    async admin(): Promise<BusAdmin> {
      const admin: KafkaAdmin = await KafkaAdmin.connect(options, () => others.delete(admin));
      others.add(admin);
      return admin;
    },
    scan(topic: string, ranges: readonly ScanRange[], signal: AbortSignal): AsyncIterable<BusBatch> {
      return scanKafka(options, topic, ranges, signal);
    },
    async close(): Promise<void> {
      await Promise.all([...readers].map(async (reader) => await reader.stop()));
      await Promise.all([...others].map(async (other) => await other.close()));
    },
  };
}
