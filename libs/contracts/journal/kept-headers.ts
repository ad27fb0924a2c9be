import type { RecordHeader } from '../request/incoming.ts';

/** Headers as they are kept with a record: in their order, names repeated where they were, values as base64, so that any byte survives. */
export function encodeHeaders(headers: readonly RecordHeader[]): Buffer {
  return Buffer.from(
    JSON.stringify(headers.map(({ name, value }) => [name, value?.toString('base64') ?? null])),
  );
}

export function decodeHeaders(encoded: Buffer): RecordHeader[] {
  const pairs = JSON.parse(encoded.toString('utf8')) as [string, string | null][];
  return pairs.map(([name, value]) => ({
    name,
    value: value === null ? null : Buffer.from(value, 'base64'),
  }));
}
