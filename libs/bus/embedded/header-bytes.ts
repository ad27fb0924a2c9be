import type { BusHeader } from '../port.ts';

/** Headers as one value: per header its name and its value, each behind its length (uint32 big-endian; the largest number stands for null). */
const NULL_LENGTH = 0xff_ff_ff_ff;

export function encodeHeaders(headers: readonly BusHeader[]): Buffer {
  return Buffer.concat(headers.flatMap(({ name, value }) => [...field(Buffer.from(name)), ...field(value)]));
}

export function decodeHeaders(bytes: Buffer): BusHeader[] {
  const headers: BusHeader[] = [];
  let at = 0;
  const next = (): Buffer | null => {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (length === NULL_LENGTH) return null;
    const read = bytes.subarray(at, at + length);
    at += length;
    return read;
  };
  while (at < bytes.length) headers.push({ name: String(next()), value: next() });
  return headers;
}

function field(value: Buffer | null): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value === null ? NULL_LENGTH : value.length);
  return value === null ? [length] : [length, value];
}
