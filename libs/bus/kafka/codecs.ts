import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';
import { UNPACKED_BYTES_MAX } from './unpacked-limit.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const unpackGzip = promisify(unzip);
const unpackZstd = promisify(zstdDecompress);
const LIMIT = { maxOutputLength: UNPACKED_BYTES_MAX };

type Unpack = (packed: Buffer) => Buffer | Promise<Buffer>;

/**
 * Every codec a Kafka client may send with, each with a limit on what it unpacks to. kafkajs 2.2.4 brings gzip alone, without one. A codec that is
 * missing ends the whole consumer, for good: one compressed batch from another team's client, and no request is read any more.
 */
const CODECS: readonly (readonly [CompressionTypes: number, Unpack])[] = [
  [CompressionTypes.GZIP, async (packed) => await unpackGzip(packed, LIMIT)],
  [CompressionTypes.Snappy, (packed) => unpackSnappy(packed)],
  [CompressionTypes.LZ4, (packed) => unpackLz4(packed)],
  [CompressionTypes.ZSTD, async (packed) => await unpackZstd(packed, LIMIT)],
];

for (const [type, unpack] of CODECS)
  Reflect.set(CompressionCodecs, type, () => ({
    compress: () => {
      throw new Error('nothing of ours is sent compressed');
    },
    decompress: async (packed: Buffer) => await unpack(packed),
  }));
