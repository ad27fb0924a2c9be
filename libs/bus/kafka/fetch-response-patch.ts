import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import './codecs.ts';
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

type Message = KafkaMessage & { readonly [UNREADABLE]?: UnreadableBatch };

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
/** What a decoded record costs beside its bytes. */
const RECORD_BYTES = 1024;

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
 * stands for it, once everything before it was handed out; the other partitions go on.
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
  return {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
    abortedTransactions: decoder.readArray((aborted) => ({
      producerId: aborted.readInt64().toString(),
      firstOffset: aborted.readInt64().toString(),
    })),
    preferredReadReplica: decoder.readInt32(),
    messages: await decodeMessages(readRecords(decoder), budget),
  };
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
    if (messages.length > 0 && budget.bytes <= 0) break;
    try {
      if (batch === null) throw new Error('its head makes no sense');
      for (const record of await readBatch(batch)) {
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

function weightOf({ key, value }: Message): number {
  return RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
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

/** kafkajs drops messages before the offset it asked for, and the batch may begin before it: so this one has the largest offset. */
function standIn(batch: Buffer | null, reason: string): Message {
  const last =
    batch === null ? null : Number(batch.readBigInt64BE(0)) + batch.readInt32BE(AT.lastOffsetDelta);
  return {
    offset: String(Number.MAX_SAFE_INTEGER),
    timestamp: '-1',
    attributes: 0,
    key: null,
    value: null,
    headers: {},
    batchContext: { producerId: '-1', inTransaction: false },
    [UNREADABLE]: { last, reason },
  } as unknown as Message;
}
