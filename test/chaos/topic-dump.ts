import type { Bus, BusRecord } from '#libs/bus';

const TIMEOUT_MS = 60_000;

/** Every record of a topic from its beginning to where it ends now; within a partition in the order of offsets. */
export async function dumpTopic(bus: Bus, topic: string): Promise<readonly BusRecord[]> {
  const admin = await bus.admin();
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }));
  await admin.close();
  const records: BusRecord[] = [];
  for await (const batch of bus.scan(topic, ranges, AbortSignal.timeout(TIMEOUT_MS))) {
    records.push(...batch.records);
  }
  return records;
}

export function headerOf(record: BusRecord, name: string): string | null {
  return record.headers.find((one) => one.name === name)?.value?.toString() ?? null;
}
