import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import './codecs.ts';
import { ReadRecord } from './record-decode-patch.ts';
import { ANSWER_BYTES_MAX, UNPACKED_RECORDS_MAX } from './unpacked-limit.ts';

interface Decoder {
  offset: number;
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readBytes(length: number): Buffer;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>;
}

type Message = KafkaMessage & {
  readonly [UNREADABLE]?: UnreadableBatch;
  /** kafkajs resolves past such a record, and hands out none. */
  readonly isControlRecord?: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

/** The records of a producer from this offset on, up to its next marker, were given up. */
interface Aborted {
  readonly producerId: string;
  readonly firstOffset: number;
}

const kafkajs = createRequire(import.meta.url);
const BytesDecoder = kafkajs('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => Decoder;
const decodeBatch = kafkajs('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
  decoder: Decoder,
) => Promise<{ readonly records: readonly Message[] }>;
const decodeMessageSet = kafkajs('kafkajs/src/protocol/messageSet/decoder.js') as (
  decoder: Decoder,
  bytes: number,
) => Promise<Message[]>;
const crc32c = kafkajs('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
const response = kafkajs('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode: (bytes: Buffer) => Promise<object>;
};

/** Where a batch of format 2 keeps what is read here (https://kafka.apache.org/documentation/#recordbatch). */
const AT = { length: 8, magic: 16, sum: 17, summed: 21, lastOffsetDelta: 23, records: 57, content: 61 };
const BEFORE_LENGTH_ENDS = 12;
const MAGIC = 2;
/** The codec is in the lowest bits of the attributes, the first field that is summed; the last one there is is zstd. */
const CODEC_BITS = 7;
const ZSTD = 4;
/** What a decoded record costs beside its bytes, and a header of it. */
const RECORD_BYTES = 1024;
const HEADER_BYTES = 128;
/** Answers about one partition that the broker itself cannot read: CORRUPT_MESSAGE, and UNKNOWN_SERVER_ERROR for whatever it did not foresee. */
const BROKER_CANNOT_READ = [2, -1];

const UNREADABLE = Symbol('unreadable');

/** A batch of the log that cannot be read: its checksum is wrong, its content is no such format, or it unpacks to more than the limit. */
export interface UnreadableBatch {
  /** Its last offset; null when not even its head can be read. */
  readonly last: number | null;
  readonly reason: string;
}

/** The batch that cannot be read at the place these messages were fetched from; it comes alone. */
export function unreadableIn(messages: readonly KafkaMessage[]): UnreadableBatch | null {
  return (messages[0] as Message | undefined)?.[UNREADABLE] ?? null;
}

/**
 * In kafkajs 2.2.4 one batch that cannot be decoded fails the whole answer of the broker: no partition is read any more, for ever. Its checksum is
 * not compared, so a bit that fell over in a file of the broker would be read as another amount. Here such a batch becomes a message of its own that
 * stands for it, once everything before it was handed out; the other partitions go on. So does one that the broker cannot read.
 */
response.decode = async (bytes) => {
  const decoder = new BytesDecoder(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const budget = { bytes: ANSWER_BYTES_MAX };
  const responses = await decoder.readArrayAsync(async (topic) => ({
    topicName: topic.readString(),
    partitions: await topic.readArrayAsync(async (partition) => await decodePartition(partition, budget)),
  }));
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
};

async function decodePartition(decoder: Decoder, budget: { bytes: number }): Promise<object> {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = decoder.readInt64().toString();
  const lastStableOffset = decoder.readInt64().toString();
  const lastStartOffset = decoder.readInt64().toString();
  const aborted = decoder.readArray((one) => ({
    producerId: one.readInt64().toString(),
    firstOffset: Number(one.readInt64().toString()),
  }));
  const preferredReadReplica = decoder.readInt32();
  const records = readRecords(decoder);
  const cannotRead = BROKER_CANNOT_READ.includes(errorCode);
  const messages = cannotRead
    ? [standIn(null, `the broker cannot read it (its error ${String(errorCode)})`)]
    : withoutAborted(await decodeMessages(records, budget), aborted);
  return {
    partition,
    errorCode: cannotRead ? 0 : errorCode,
    highWatermark,
    lastStableOffset,
    lastStartOffset,
    // They are taken out already.
    abortedTransactions: [],
    preferredReadReplica,
    messages,
  };
}

/**
 * Records of transactions that were given up are handed out as if they were markers: not at all. kafkajs 2.2.4 reads the list as if it were in the order
 * in which they began, and begins one for each record at most, so it hands out requests that nobody ever made. Brokers list them in the order in which
 * they ended.
 */
function withoutAborted(messages: readonly Message[], aborted: readonly Aborted[]): readonly Message[] {
  if (aborted.length === 0) return messages;
  const ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<string>();
  let next = 0;
  return messages.map((message) => {
    for (; next < ahead.length; next += 1) {
      const one = ahead[next];
      if (one === undefined || one.firstOffset > Number(message.offset)) break;
      open.add(one.producerId);
    }
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord === true) open.delete(producerId);
    else if (inTransaction && open.has(producerId)) return { ...message, isControlRecord: true };
    return message;
  });
}

function readRecords(decoder: Decoder): Buffer {
  const length = decoder.readInt32();
  return length <= 0 ? Buffer.alloc(0) : decoder.readBytes(length);
}

/** The records of the batches before the first that cannot be read, or up to the one that uses up what is left for this answer: the rest is fetched again. */
async function decodeMessages(bytes: Buffer, budget: { bytes: number }): Promise<Message[]> {
  if (bytes.length > AT.magic && bytes.readInt8(AT.magic) < MAGIC) return await decodeOldFormats(bytes);
  const messages: Message[] = [];
  for (let start = 0; start < bytes.length;) {
    const batch = wholeBatch(bytes.subarray(start));
    // The broker cuts its answer off at the size asked for, though never its first batch.
    if (batch === null && start > 0) break;
    if (budget.bytes <= 0) break;
    try {
      if (batch === null) throw new Error('its head makes no sense');
      const records = await readBatch(batch);
      // Compaction leaves batches without a record: passed over, they would be asked for again and again.
      for (const record of records.length > 0 ? records : [placeholder(batch)]) {
        messages.push(record);
        budget.bytes -= weightOf(record);
      }
      start += batch.length;
    } catch (error) {
      if (messages.length === 0) messages.push(standIn(batch, String(error)));
      break;
    }
  }
  return messages;
}

/** What brokers before Kafka 4 may still hold. */
async function decodeOldFormats(bytes: Buffer): Promise<Message[]> {
  try {
    const messages = await decodeMessageSet(new BytesDecoder(bytes), bytes.length);
    return messages.length > 0 ? messages : [standIn(null, 'it holds nothing that can be read')];
  } catch (error) {
    return [standIn(null, String(error))];
  }
}

function weightOf(message: Message): number {
  let bytes = RECORD_BYTES + (message.key?.length ?? 0) + (message.value?.length ?? 0);
  const headers = message instanceof ReadRecord ? message.headerList : [];
  for (const { name, value } of headers) bytes += HEADER_BYTES + name.length + (value?.length ?? 0);
  return bytes;
}

function wholeBatch(bytes: Buffer): Buffer | null {
  if (bytes.length < AT.content) return null;
  const end = BEFORE_LENGTH_ENDS + bytes.readInt32BE(AT.length);
  return end < AT.content || end > bytes.length ? null : bytes.subarray(0, end);
}

async function readBatch(batch: Buffer): Promise<readonly Message[]> {
  if (crc32c(batch.subarray(AT.summed)) !== batch.readUInt32BE(AT.sum))
    throw new Error('its checksum does not fit its content');
  // kafkajs takes what it knows no codec for as not compressed.
  if ((batch.readInt16BE(AT.summed) & CODEC_BITS) > ZSTD)
    throw new Error('it is compressed with an unknown codec');
  const count = batch.readInt32BE(AT.records);
  if (count > UNPACKED_RECORDS_MAX) throw new Error(`it holds ${String(count)} records`);
  return (await decodeBatch(new BytesDecoder(batch))).records;
}

function lastOffsetOf(batch: Buffer): number {
  return Number(batch.readBigInt64BE(0)) + batch.readInt32BE(AT.lastOffsetDelta);
}

/** Stands for a batch that holds no record any more: the log goes on behind it. */
function placeholder(batch: Buffer): Message {
  return { ...EMPTY, offset: String(lastOffsetOf(batch)), isControlRecord: true };
}

const EMPTY = {
  timestamp: '-1',
  attributes: 0,
  key: null,
  value: null,
  headers: {},
  batchContext: { producerId: '-1', inTransaction: false },
} as const;

/** kafkajs drops messages before the offset it asked for, and the batch may begin before it: so this one has the largest offset. */
function standIn(batch: Buffer | null, reason: string): Message {
  const last = batch === null ? null : lastOffsetOf(batch);
  return { ...EMPTY, offset: String(Number.MAX_SAFE_INTEGER), [UNREADABLE]: { last, reason } };
}
