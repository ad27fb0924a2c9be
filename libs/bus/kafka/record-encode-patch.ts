import { createRequire } from 'node:module';
import type { BusHeader } from '../port.ts';
import { lengthBytes } from '../record-size.ts';

/** A record as kafkajs hands it to its encoder. */
interface Fields {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly BusHeader[];
}

/** All that a batch of kafkajs asks of an encoded record. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

type Encode = (record: object) => EncodedRecord;

const kafkajs = createRequire(import.meta.url);
const PATH = kafkajs.resolve('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const encodeAsBefore = kafkajs(PATH) as Encode;

/**
 * kafkajs 2.2.4 encodes a record through one encoder of half a kilobyte for each of its headers, an array for each number, and throws on a header that is
 * null; its list of headers is an object, in which the order of the names is lost. A record whose headers are a list, as the port has them, is written
 * here in one pass; others are none of ours. Its requests take the encoder when the first record is sent.
 */
const encode: Encode = (record) =>
  'headers' in record && Array.isArray(record.headers)
    ? encodeRecord(record as Fields)
    : encodeAsBefore(record);
const loaded = kafkajs.cache[PATH];
if (loaded === undefined) throw new Error('the encoder of kafkajs is not where it was');
loaded.exports = encode;

/** Format 2 (https://kafka.apache.org/documentation/#record). */
function encodeRecord({ offsetDelta = 0, timestampDelta = 0, key, value, headers }: Fields): EncodedRecord {
  let size = 1 + lengthBytes(timestampDelta) + lengthBytes(offsetDelta) + lengthBytes(headers.length);
  size += fieldBytes(key) + fieldBytes(value);
  for (const header of headers) size += fieldBytes(header.name) + fieldBytes(header.value);
  const bytes = Buffer.allocUnsafe(lengthBytes(size) + size);
  let at = writeNumber(bytes, 0, size);
  // The attributes of a record: none are in use.
  bytes[at] = 0;
  at = writeNumber(bytes, at + 1, timestampDelta);
  at = writeNumber(bytes, at, offsetDelta);
  at = writeField(bytes, at, key);
  at = writeField(bytes, at, value);
  at = writeNumber(bytes, at, headers.length);
  for (const header of headers) at = writeField(bytes, writeField(bytes, at, header.name), header.value);
  return { buf: bytes, buffer: bytes };
}

function fieldBytes(field: string | Buffer | null): number {
  if (field === null) return lengthBytes(-1);
  const length = typeof field === 'string' ? Buffer.byteLength(field) : field.length;
  return lengthBytes(length) + length;
}

function writeField(bytes: Buffer, at: number, field: string | Buffer | null): number {
  if (field === null) return writeNumber(bytes, at, -1);
  if (typeof field !== 'string') {
    const start = writeNumber(bytes, at, field.length);
    bytes.set(field, start);
    return start + field.length;
  }
  const start = writeNumber(bytes, at, Buffer.byteLength(field));
  return start + bytes.write(field, start);
}

/** Kafka's variable-length (zigzag) form of a number that is −1 or not negative. */
function writeNumber(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value < 0 ? 1 : value * 2;
  for (; rest > 127; at += 1) {
    bytes[at] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at] = rest;
  return at + 1;
}
