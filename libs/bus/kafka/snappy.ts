import snappyjs from 'snappyjs';
import { UNPACKED_BYTES_MAX } from './unpacked-limit.ts';

/** How the Java clients begin (the xerial framing): then two version numbers, then chunks, each behind its length. Other clients send one chunk alone. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** @throws for what is not snappy, and for what unpacks to more than the limit. */
export function unpackSnappy(packed: Buffer, bytesMax = UNPACKED_BYTES_MAX): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return snappyjs.uncompress(packed, bytesMax);
  const chunks: Buffer[] = [];
  let room = bytesMax;
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const end = at + 4 + packed.readUInt32BE(at);
    if (end > packed.length) throw new RangeError('a snappy chunk is cut off');
    const chunk = snappyjs.uncompress(packed.subarray(at + 4, end), room);
    room -= chunk.length;
    chunks.push(chunk);
    at = end;
  }
  return Buffer.concat(chunks);
}
