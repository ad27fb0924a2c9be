import { RecordTooLarge, type OutgoingMessage } from './port.ts';

/** What a record batch adds to its records (format 2): the broker compares the whole with `max.message.bytes`. */
export const BATCH_OVERHEAD_BYTES = 61;

/** In a batch of several, offset and timestamp are differences of up to this many more bytes than in a batch of one. */
const DIFFERENCES_BYTES_MAX = 8;

/** Bytes of a number in Kafka's variable-length (zigzag) form, for lengths: never negative but for null (−1). */
export function lengthBytes(length: number): number {
  let rest = length < 0 ? 1 : length * 2;
  let bytes = 1;
  while (rest > 127) {
    rest = Math.floor(rest / 128);
    bytes += 1;
  }
  return bytes;
}

function fieldBytes(field: Buffer | null): number {
  return field === null ? 1 : lengthBytes(field.length) + field.length;
}

function recordBytes({ key, value, headers }: OutgoingMessage): number {
  let body = 3 + fieldBytes(key) + fieldBytes(value) + lengthBytes(headers.length);
  for (const header of headers) {
    const nameBytes = Buffer.byteLength(header.name);
    body += lengthBytes(nameBytes) + nameBytes + fieldBytes(header.value);
  }
  return lengthBytes(body) + body;
}

/** The first message that exceeds its topic's limit even when it travels alone, measured exactly as a broker does; else null. */
export function oversized(
  messages: readonly OutgoingMessage[],
  limitBytesByTopic: ReadonlyMap<string, number>,
): RecordTooLarge | null {
  for (const [index, message] of messages.entries()) {
    const bytes = BATCH_OVERHEAD_BYTES + recordBytes(message);
    const limit = limitBytesByTopic.get(message.topic) ?? Infinity;
    if (bytes > limit) {
      return new RecordTooLarge(
        index,
        `message ${String(index)} takes ${String(bytes)} bytes, ${message.topic} allows ${String(limit)}`,
      );
    }
  }
  return null;
}

/** At most what the message adds to a batch that exists already. */
export function bytesInBatch(message: OutgoingMessage): number {
  return recordBytes(message) + DIFFERENCES_BYTES_MAX;
}
