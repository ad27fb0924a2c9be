import { createRequire } from 'node:module';

interface Encoder {
  writeVarInt(value: number): Encoder;
}

const kafkajs = createRequire(import.meta.url);
const { prototype } = kafkajs('kafkajs/src/protocol/encoder.js') as {
  prototype: { writeVarIntBytes: (this: Encoder, value: unknown) => Encoder };
};
const writeBytes = prototype.writeVarIntBytes;

/**
 * Stands for a header value of null. kafkajs 2.2.4 measures header values with `Buffer.byteLength`, which throws on null, although its encoder
 * can write null. An empty buffer measures the same (one byte for the length), and this one is recognised when it is written.
 */
export const NULL_HEADER_VALUE = Buffer.alloc(0);

prototype.writeVarIntBytes = function writeNullHeader(this: Encoder, value: unknown): Encoder {
  return value === NULL_HEADER_VALUE ? this.writeVarInt(-1) : writeBytes.call(this, value);
};
