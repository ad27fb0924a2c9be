import { randomUUID } from 'node:crypto';
import { partitionKey, type Bus, type BusRecord } from '#libs/bus';

export interface RefundResult {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ResultWatch {
  /** The first result of the refund that is published after the watch began. */
  readonly result: Promise<RefundResult>;
  stop(): Promise<void>;
}

/** Reads the results from where they end now. Resolves once nothing published later can be missed. */
export async function watchResult(bus: Bus, topic: string, refundId: string): Promise<ResultWatch> {
  const admin = await bus.admin();
  const ends = new Map((await admin.offsets(topic)).map(({ partition, high }) => [partition, high]));
  await admin.close();
  const { promise, resolve } = Promise.withResolvers<RefundResult>();
  const reader = bus.reader({
    groupId: `refundctl-${randomUUID()}`,
    positions: {
      load: async (partitions) =>
        await Promise.resolve(
          new Map(
            partitions.map((at) => [
              partitionKey(at),
              { next: ends.get(at.partition) ?? 0, lastRecordAtMs: null },
            ]),
          ),
        ),
    },
  });
  await reader.start([topic], async (batch) => {
    for (const record of batch.records) {
      if (header(record, 'ce_subject') !== refundId || record.value === null) continue;
      const body = JSON.parse(record.value.toString()) as Readonly<Record<string, unknown>>;
      resolve({ type: header(record, 'ce_type') ?? '', body });
    }
    ends.set(batch.partition, batch.next);
    await Promise.resolve();
  });
  return { result: promise, stop: async () => await reader.stop() };
}

function header(record: BusRecord, name: string): string | null {
  return record.headers.find((one) => one.name === name)?.value?.toString() ?? null;
}
