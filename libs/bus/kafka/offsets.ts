import type { Admin } from 'kafkajs';
import { topicMissing } from '../bus-error.ts';
import type { PartitionOffsets } from '../port.ts';
import { hasErrorType } from './connection-hints.ts';

/** @throws BusError TOPIC_MISSING at once; kafkajs itself would ask again for seconds. */
export async function assertTopics(admin: Admin, topics: readonly string[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length > 0) throw topicMissing(missing);
}

/** Per partition the earliest offset and the end. */
export async function rangesOf(admin: Admin, topic: string): Promise<readonly PartitionOffsets[]> {
  try {
    const found = await admin.fetchTopicOffsets(topic);
    return found
      .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
      .toSorted((a, b) => a.partition - b.partition);
  } catch (error) {
    throw hasErrorType(error, 'UNKNOWN_TOPIC_OR_PARTITION') ? topicMissing([topic]) : error;
  }
}

/** The group's committed offset per partition. After an offset out of range kafkajs commits a negative number: that is none. */
export async function committedOf(
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<readonly { partition: number; offset: number | null }[]> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return (found?.partitions ?? [])
    .map(({ partition, offset }) => ({ partition, offset: Number(offset) < 0 ? null : Number(offset) }))
    .toSorted((a, b) => a.partition - b.partition);
}
