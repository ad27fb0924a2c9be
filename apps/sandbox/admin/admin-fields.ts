import { AdminRefusal, invalidRequest } from './admin-refusal.ts';

/**
 * Reads the fields of an admin call one by one and throws AdminRefusal with the field's name when one has the wrong type.
 * `finish()` refuses what nobody read, so that a misspelt field is an error and not a silent default.
 */
export class AdminFields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  private constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  static of(value: unknown): AdminFields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidRequest('the body must be a JSON object');
    }
    return new AdminFields({ ...value });
  }

  /** An absent body counts as `{}`. */
  static parse(body: unknown): AdminFields {
    return AdminFields.of(parseJson(body));
  }

  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'string') {
      return value;
    }
    throw invalidRequest(`"${name}" must be a string`);
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw invalidRequest(`"${name}" is missing`);
    }
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'boolean') {
      return value;
    }
    throw invalidRequest(`"${name}" must be true or false`);
  }

  wholeNumber(name: string, min: number, max: number): number | undefined {
    const value = this.#take(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw invalidRequest(`"${name}" must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  requiredWholeNumber(name: string, min: number, max: number): number {
    const value = this.wholeNumber(name, min, max);
    if (value === undefined) {
      throw invalidRequest(`"${name}" is missing`);
    }
    return value;
  }

  probability(name: string): number | undefined {
    const value = this.#take(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
      throw invalidRequest(`"${name}" must be a number from 0 to 1`);
    }
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.#take(name);
    if (value === undefined) {
      return undefined;
    }
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) {
      throw invalidRequest(`"${name}" must be one of ${words.join(', ')}`);
    }
    return word;
  }

  requiredOneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const word = this.oneOf(name, words);
    if (word === undefined) {
      throw invalidRequest(`"${name}" is missing; it is one of ${words.join(', ')}`);
    }
    return word;
  }

  /** The value as it came, for fields with a rule of their own. */
  raw(name: string): unknown {
    return this.#take(name);
  }

  /** Fields that may be there although nobody here reads them. */
  permit(names: readonly string[]): void {
    for (const name of names) {
      this.#read.add(name);
    }
  }

  /** Throws for fields that were neither read nor permitted. */
  finish(): void {
    const unknown = Object.keys(this.#values).filter((name) => !this.#read.has(name));
    if (unknown.length > 0) {
      const known = [...this.#read].join(', ');
      throw invalidRequest(
        `unknown field ${unknown.map((name) => `"${name}"`).join(', ')}; known here: ${known}`,
      );
    }
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }
}

export function parseJson(body: unknown): unknown {
  if (typeof body !== 'string' || body.trim() === '') {
    return {};
  }
  try {
    return JSON.parse(body);
  } catch {
    throw new AdminRefusal('INVALID_REQUEST', 'the body is not JSON');
  }
}
