import type { BusLog } from '../log.ts';
import type { BatchReader, Bus, BusAdmin, BusBatch, BusWriter, ReaderOptions, ScanRange } from '../port.ts';
import { BusDatabase } from './database.ts';
import { EmbeddedAdmin } from './embedded-admin.ts';
import { EmbeddedReader } from './embedded-reader.ts';
import { scanEmbedded } from './embedded-scan.ts';
import { EmbeddedWriter } from './embedded-writer.ts';
import { Topics } from './topics.ts';

export interface EmbeddedBusOptions {
  readonly databaseUrl: string;
  readonly log: BusLog;
}

/**
 * A durable log in PostgreSQL, schema `refundry_bus`, for getting started and for tests on one machine. Several processes share a group's
 * partitions. It keeps every record for ever, and there is one server behind it.
 */
export function createEmbeddedBus({ databaseUrl, log }: EmbeddedBusOptions): Bus {
  const database = new BusDatabase(databaseUrl, log);
  const topics = new Topics(database);
  const readers = new Set<EmbeddedReader>();
  const writers = new Set<EmbeddedWriter>();
  return {
    kind: 'embedded',
    capabilities: { compaction: false, retention: false, transactionMarkers: false, recordSizeLimit: true },
    async id(): Promise<string> {
      return await database.ready();
    },
    reader(options: ReaderOptions): BatchReader {
      const reader = new EmbeddedReader({ database, topics, log, options });
      readers.add(reader);
      return reader;
    },
    async writer(): Promise<BusWriter> {
      const writer: EmbeddedWriter = new EmbeddedWriter({
        database,
        topics,
        log,
        onAppended: () => {
          for (const reader of readers) reader.nudge();
        },
        onEnd: () => writers.delete(writer),
      });
      writers.add(writer);
      return await Promise.resolve(writer);
    },
    async admin(): Promise<BusAdmin> {
      await database.ready();
      return new EmbeddedAdmin(database, topics);
    },
    scan(topic: string, ranges: readonly ScanRange[], signal: AbortSignal): AsyncIterable<BusBatch> {
      return scanEmbedded({ database, topics }, topic, ranges, signal);
    },
    async close(): Promise<void> {
      await Promise.all(
        [...readers].map(async (reader) => {
          await reader.stop();
        }),
      );
      await Promise.all(
        [...writers].map(async (writer) => {
          await writer.close();
        }),
      );
      await database.close();
    },
  };
}
