import { hash } from 'node:crypto';
import type { Answer } from '../calls/answer.ts';
import { scalarText } from './request-body.ts';

/** Thirty days after the first request ended, its key counts as never used. */
const LIFETIME_MS = 30 * 24 * 3_600_000;
export const KEY_CHARACTERS_MAX = 255;

interface KeyUse {
  readonly requestHash: string;
  /** Null while the first request runs. */
  ended: { readonly atMs: number; readonly replay: (() => Answer) | null } | null;
}

export type KeyState =
  | { readonly kind: 'unused' | 'in-flight' | 'other-request' | 'failed-request' }
  | { readonly kind: 'replay'; readonly replay: () => Answer };

/**
 * What each `api_request_key` of the merchant was used for, whatever the call. A replay shows the transaction as it is *now*. A request
 * that was refused by validation keeps its key: the same request gets 915234 from then on. Requests refused before that (401, 403, 404,
 * 429) leave the key unused.
 */
export class ApiRequestKeys {
  readonly #uses = new Map<string, KeyUse>();

  look(key: string, requestHash: string, nowMs: number): KeyState {
    const use = this.#uses.get(key);
    if (use === undefined || (use.ended !== null && nowMs - use.ended.atMs > LIFETIME_MS)) {
      return { kind: 'unused' };
    }
    if (use.requestHash !== requestHash) {
      return { kind: 'other-request' };
    }
    if (use.ended === null) {
      return { kind: 'in-flight' };
    }
    return use.ended.replay === null
      ? { kind: 'failed-request' }
      : { kind: 'replay', replay: use.ended.replay };
  }

  claim(key: string, requestHash: string): void {
    this.#uses.set(key, { requestHash, ended: null });
  }

  /** Ends a claim; without a replay the request has failed and left nothing behind. */
  end(key: string, replay: (() => Answer) | null, nowMs: number): void {
    const use = this.#uses.get(key);
    if (use !== undefined) {
      use.ended = { atMs: nowMs, replay };
    }
  }
}

/** Over the call and its values, however they were spelt: the order of fields, JSON or XML, `10` or `"10"` make no difference. */
export function hashRequest(call: string, fields: Readonly<Record<string, unknown>>): string {
  return hash('sha1', `${call}\n${JSON.stringify(canonical(fields))}`, 'base64');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(canonical);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, field]): [string, unknown] => [name, canonical(field)]);
    return entries.toSorted(([left], [right]) => (left < right ? -1 : 1));
  }
  return scalarText(value) ?? null;
}
