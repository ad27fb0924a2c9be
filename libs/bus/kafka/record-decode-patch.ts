import { createRequire } from 'node:module';
import type { BusHeader } from '../port.ts';

/** What kafkajs says of the batch around a record. */
interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
  readonly isControlBatch: boolean;
}

const kafkajs = createRequire(import.meta.url);
const PATH = kafkajs.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder.js');
const USER = kafkajs.resolve('kafkajs/src/protocol/recordBatch/v0/decoder.js');
if (kafkajs.cache[USER] !== undefined)
  throw new Error('kafkajs has taken its own decoder of records already');
kafkajs(PATH);
const loaded = kafkajs.cache[PATH];
if (loaded === undefined) throw new Error('the decoder of kafkajs is not where it was');

/**
 * kafkajs 2.2.4 reads each number of a record through 64-bit objects and folds its headers into an object that it copies for each of them: a record of a
 * megabyte with a hundred thousand headers would hold up the process for longer than its membership lasts, and then the next one. Here a record is read in
 * one pass, its headers as the list that they are. Whoever decodes batches takes this function when it is loaded.
 */
loaded.exports = ({ buffer }: { readonly buffer: Buffer }, context: BatchContext) =>
  readRecord(buffer, context);

const LOG_APPEND_TIME = 1;
const NO_TIME = -1;
/** Of 64 bits, seven in each. */
const NUMBER_BYTES_MAX = 10;

/** A record as kafkajs hands it on. */
export class ReadRecord {
  readonly magicByte: number;
  readonly isControlRecord: boolean;
  readonly attributes = 0;

  constructor(
    readonly offset: string,
    readonly timestamp: string,
    readonly key: Buffer | null,
    readonly value: Buffer | null,
    readonly headerList: readonly BusHeader[],
    readonly batchContext: BatchContext,
  ) {
    this.magicByte = batchContext.magicByte;
    this.isControlRecord = batchContext.isControlBatch;
  }

  /** As kafkajs gives them: a name that is there more than once has a list, in the order of the record. */
  get headers(): object {
    const values = new Map<string, BusHeader['value'] | BusHeader['value'][]>();
    for (const { name, value } of this.headerList) {
      const before = values.get(name);
      if (before === undefined) values.set(name, value);
      else if (Array.isArray(before)) before.push(value);
      else values.set(name, [before, value]);
    }
    return Object.fromEntries(values);
  }
}

/** Format 2 (https://kafka.apache.org/documentation/#record). */
function readRecord(bytes: Buffer, context: BatchContext): ReadRecord {
  const cursor = new Cursor(bytes);
  const timestampDelta = cursor.number();
  const offset = Number(context.firstOffset) + cursor.number();
  const key = cursor.field();
  const value = cursor.field();
  const count = cursor.number();
  const headers: BusHeader[] = [];
  for (let n = 0; n < count; n += 1) headers.push({ name: cursor.text(), value: cursor.field() });
  cursor.end();
  return new ReadRecord(String(offset), timeOf(context, timestampDelta), key, value, headers, context);
}

/** Senders set what they like. A sum of 64 bits that JavaScript has no exact number for is no time that we know. */
function timeOf({ timestampType, firstTimestamp, maxTimestamp }: BatchContext, delta: number): string {
  if (timestampType === LOG_APPEND_TIME) return maxTimestamp;
  const first = Number(firstTimestamp);
  return String(Number.isSafeInteger(first) && Number.isSafeInteger(delta) ? first + delta : NO_TIME);
}

/** Walks over a record from behind its attributes, of which none are in use. */
class Cursor {
  private at = 1;

  constructor(private readonly bytes: Buffer) {}

  /** In Kafka's variable-length (zigzag) form. */
  number(): number {
    let value = 0;
    let factor = 1;
    for (let n = 0; n < NUMBER_BYTES_MAX; n += 1) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw malformed();
  }

  field(): Buffer | null {
    const length = this.number();
    return length === -1 ? null : this.bytes.subarray(this.at, this.skip(length));
  }

  text(): string {
    const length = this.number();
    return this.bytes.toString('utf8', this.at, this.skip(length));
  }

  end(): void {
    if (this.at !== this.bytes.length) throw malformed();
  }

  /** Answers where the next part begins. */
  private skip(length: number): number {
    if (length < 0 || length > this.bytes.length - this.at) throw malformed();
    this.at += length;
    return this.at;
  }
}

function malformed(): Error {
  return new Error('a record in it does not hold what it says');
}
