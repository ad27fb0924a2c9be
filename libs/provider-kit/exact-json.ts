/** A number whose literal text is no plain integer of at most 15 digits: a fraction, an exponent, or more digits than a double keeps. */
export class InexactNumber {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }

  /** Printed as it came, so that an object which is shown to a person has the digits that the provider sent. */
  toJSON(): unknown {
    return (JSON as unknown as RawJson).rawJSON(this.literal);
  }
}

/** ES2026: the runtime has it, the compiler's library not yet. */
interface RawJson {
  rawJSON(text: string): unknown;
}

/** A parsed answer. A `number` in it is exactly what the text says; everything else that JSON calls a number is an `InexactNumber`. */
export type Json = null | boolean | number | string | InexactNumber | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

const EXACT = /^-?\d{1,15}$/;

/**
 * What every inexact literal contains, with a character that may stand before a number. A string may contain it too; then the slow way is taken,
 * with the same result. Without that character most ids and references would match, and every answer would be read six times as slowly.
 */
const PERHAPS_INEXACT = /[\s:,[-]\d+[.eE]|\d{16}/;

/** Reads a JSON object and keeps the literal text of every number that a double would change; null when it is no JSON object. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const parsed = PERHAPS_INEXACT.test(text)
      ? (JSON.parse(text, keepLiteral as (key: string, value: unknown) => unknown) as Json)
      : (JSON.parse(text) as Json);
    return asObject(parsed);
  } catch {
    return null;
  }
}

/** A member of the object itself, never one that it inherits (`constructor`). */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof InexactNumber)
    ? value
    : null;
}

export function asList(value: Json | undefined): readonly Json[] | null {
  return value !== undefined && isList(value) ? value : null;
}

export function asText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** A count of minor units: a literal integer from 0 on. Null for anything else, a fraction and a text of digits included. */
export function asCount(value: Json | undefined): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function keepLiteral(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value;
  const literal = context.source ?? '';
  return EXACT.test(literal) ? value : new InexactNumber(literal);
}
