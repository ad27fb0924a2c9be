/** A number of a JSON text, as it was spelled. */
export class NumberLiteral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Parses JSON with every number a NumberLiteral: what a float would make of `0.10` is not what was signed. Throws SyntaxError. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, keepLiteral as (key: string, value: unknown) => unknown) as unknown;
}

export function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof NumberLiteral) ? { ...value } : undefined;
}

/** True when nothing but a string contains white space. */
export function isCompact(json: string): boolean {
  return !/\s/.test(json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'));
}

function keepLiteral(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberLiteral(context.source ?? String(value)) : value;
}
