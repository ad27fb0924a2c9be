import type { RecordHeader } from '../request/incoming.ts';

/** A message ready for the bus; the bus's own message type takes it. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export function header(name: string, value: string): RecordHeader {
  return { name, value: Buffer.from(value, 'utf8') };
}
