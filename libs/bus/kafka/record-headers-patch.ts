import { createRequire } from 'node:module';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

interface HeaderDecoder {
  readVarIntArray: (this: HeaderDecoder, read: (decoder: HeaderDecoder) => Header) => Foldable;
}

/** All that kafkajs does with a record's list of headers. */
interface Foldable {
  reduce(add: (before: object, header: Header) => object, none: object): object;
}

const kafkajs = createRequire(import.meta.url);
const { prototype } = kafkajs('kafkajs/src/protocol/decoder.js') as { prototype: HeaderDecoder };
const readArray = prototype.readVarIntArray;

/**
 * kafkajs 2.2.4 folds the headers of a record into an object that it copies for each of them: a record of a megabyte with a hundred thousand headers would
 * hold up the process for longer than its membership lasts, and then the next one. Headers are all it reads with this method; here they are folded in one go,
 * to the same object.
 */
prototype.readVarIntArray = function readHeaders(this: HeaderDecoder, read): Foldable {
  const headers = readArray.call(this, read) as readonly Header[];
  return { reduce: () => objectOf(headers) };
};

/** A name that is there more than once has a list, in the order of the record. */
function objectOf(headers: readonly Header[]): object {
  const values = new Map<string, Header['value'] | Header['value'][]>();
  for (const { key, value } of headers) {
    const before = values.get(key);
    if (before === undefined) values.set(key, value);
    else if (Array.isArray(before)) before.push(value);
    else values.set(key, [before, value]);
  }
  return Object.fromEntries(values);
}
