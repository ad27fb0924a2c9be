import type { KafkaMessage } from 'kafkajs';
import type { BusRecord } from '../port.ts';
import { recordTimeMs } from '../record-time.ts';
import { ReadRecord } from './record-decode-patch.ts';

/** kafkajs's messages as the port's records. Those of a format before headers have none. */
export function recordsOf(messages: readonly KafkaMessage[]): BusRecord[] {
  return messages.map((message) => ({
    offset: Number(message.offset),
    timestampMs: recordTimeMs(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message instanceof ReadRecord ? message.headerList : [],
  }));
}
