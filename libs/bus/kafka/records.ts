import type { KafkaMessage } from 'kafkajs';
import type { BusRecord } from '../port.ts';
import { recordTimeMs } from '../record-time.ts';
import { fromKafkaHeaders } from './headers.ts';

/** kafkajs's messages as the port's records. */
export function recordsOf(messages: readonly KafkaMessage[]): BusRecord[] {
  return messages.map(({ offset, timestamp, key, value, headers }) => ({
    offset: Number(offset),
    timestampMs: recordTimeMs(timestamp),
    key,
    value,
    headers: fromKafkaHeaders(headers),
  }));
}
