import { UNPACKED_BYTES_MAX } from './unpacked-limit.ts';

const MAGIC = 0x184d2204;
const STORED = 0x80000000;
const MATCH_BYTES_MIN = 4;
/** A length of 15 in the token goes on in the bytes behind it, each of 255 with another one behind it. */
const LENGTH_GOES_ON = 15;
const FIRST_BYTES = 64 * 1024;

/**
 * Unpacks LZ4 frames one behind the other, as Kafka clients write them. Written from the descriptions of the frame and the block format
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md): the libraries there
 * are either long abandoned or have no bound on what they unpack. The frame's own checksums are passed over: the checksum of the whole batch has been compared before.
 * @throws RangeError for what is no such frame, and for one that unpacks to more than the limit.
 */
export function unpackLz4(packed: Buffer, bytesMax = UNPACKED_BYTES_MAX): Buffer {
  const out = new Unpacked(Math.min(Math.max(FIRST_BYTES, packed.length * 4), bytesMax), bytesMax);
  for (let at = 0; at < packed.length;) at = unpackFrame(packed, at, out);
  return out.bytes;
}

/** Answers where the frame ends. Reading behind the end throws by itself. */
function unpackFrame(packed: Buffer, start: number, out: Unpacked): number {
  if (packed.readUInt32LE(start) !== MAGIC) throw new RangeError('this is no LZ4 frame');
  const flags = packed.readUInt8(start + 4);
  if (flags >> 6 !== 1) throw new RangeError('unknown version of the LZ4 frame format');
  const [hasBlockSum, hasSize, hasSum, hasDictionary] = [0x10, 0x08, 0x04, 0x01].map(
    (bit) => (flags & bit) !== 0,
  );
  if (hasDictionary === true) throw new RangeError('an LZ4 frame with a dictionary');
  let at = start + 7 + (hasSize === true ? 8 : 0);
  for (;;) {
    const head = packed.readUInt32LE(at);
    at += 4;
    if (head === 0) return at + (hasSum === true ? 4 : 0);
    const end = at + (head & ~STORED);
    if (end > packed.length) throw new RangeError('an LZ4 block is cut off');
    if (head >= STORED) out.append(packed, at, end);
    else unpackBlock(packed, at, end, out);
    at = end + (hasBlockSum === true ? 4 : 0);
  }
}

/** A block is a sequence of literals and matches; the last one has no match. A match may reach back into former blocks of the frame. */
function unpackBlock(packed: Buffer, start: number, end: number, out: Unpacked): void {
  let at = start;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === LENGTH_GOES_ON ? 255 : 0; more === 255; length += more) {
      if (at >= end) throw new RangeError('an LZ4 length is cut off');
      more = packed.readUInt8(at);
      at += 1;
    }
    return length;
  };
  while (at < end) {
    const token = packed.readUInt8(at);
    at += 1;
    const literals = lengthOf(token >> 4);
    if (at + literals > end) throw new RangeError('LZ4 literals are cut off');
    out.append(packed, at, at + literals);
    at += literals;
    if (at === end) return;
    const distance = packed.readUInt16LE(at);
    at += 2;
    out.repeat(distance, lengthOf(token & 15) + MATCH_BYTES_MIN);
  }
}

/** What has been unpacked so far: grows by doubling, up to the limit. */
class Unpacked {
  private buffer: Buffer;
  private length = 0;

  constructor(
    firstBytes: number,
    private readonly bytesMax: number,
  ) {
    this.buffer = Buffer.allocUnsafe(firstBytes);
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  append(from: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.length += from.copy(this.buffer, this.length, start, end);
  }

  /** The match may overlap what it writes: it is then a pattern that repeats. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.length) throw new RangeError('an LZ4 match before the beginning');
    this.reserve(length);
    const from = this.length - distance;
    // What was written is part of the pattern: each copy is twice as long as the one before.
    for (const end = this.length + length; this.length < end;) {
      const bytes = Math.min(this.length - from, end - this.length);
      this.buffer.copyWithin(this.length, from, from + bytes);
      this.length += bytes;
    }
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.bytesMax) throw new RangeError(`unpacks to more than ${String(this.bytesMax)} bytes`);
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, this.buffer.length * 2), this.bytesMax));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}
