import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { partitionKey, type Bus, type BusRecord } from '#libs/bus';

const TIMEOUT_MS = 15_000;
const POLL_MS = 20;

/** Every record of a topic from its beginning to where it ends now; within a partition in the order of offsets. */
export async function dumpTopic(bus: Bus, topic: string): Promise<readonly BusRecord[]> {
  const admin = await bus.admin();
  const ends = new Map((await admin.offsets(topic)).map(({ partition, high }) => [partition, high]));
  await admin.close();
  const positions = new Map<number, number>();
  const records: BusRecord[] = [];
  const reader = bus.reader({
    groupId: `chaos-dump-${randomBytes(4).toString('hex')}`,
    positions: {
      load: async (partitions) =>
        await Promise.resolve(
          new Map(partitions.map((at) => [partitionKey(at), positions.get(at.partition) ?? 0])),
        ),
    },
  });
  try {
    const deadlineMs = performance.now() + TIMEOUT_MS;
    let refused: Error | null = null;
    // Not waited for: where it never joins, that is said in time as well.
    reader
      .start([topic], async (batch) => {
        records.push(...batch.records);
        positions.set(batch.partition, batch.next);
        await Promise.resolve();
      })
      .catch((error: unknown) => {
        refused = error instanceof Error ? error : new Error(String(error));
      });
    while ([...ends].some(([partition, high]) => (positions.get(partition) ?? 0) < high)) {
      if (refused !== null) throw refused;
      if (performance.now() > deadlineMs) throw new Error(`${topic} could not be read to its end in time`);
      await pause(POLL_MS);
    }
  } finally {
    await reader.stop();
  }
  return records;
}

export function headerOf(record: BusRecord, name: string): string | null {
  return record.headers.find((one) => one.name === name)?.value?.toString() ?? null;
}
