import { isUtf8 } from 'node:buffer';
import type { DeadLetterCode } from '../codes.ts';
import { LIMITS } from '../rules.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export type JsonReading =
  | { readonly kind: 'object'; readonly object: JsonObject; readonly text: string }
  | { readonly kind: 'fault'; readonly code: DeadLetterCode };

/**
 * Reads bytes as one JSON object, strictly: valid UTF-8 (a byte order mark is skipped), no NUL and no half surrogate pair in any string or key,
 * bounded nesting. Of a repeated key the last one counts, as in every JSON parser of the platform; `__proto__` is a key like any other.
 */
export function readJsonObject(bytes: Buffer): JsonReading {
  if (!isUtf8(bytes)) return { kind: 'fault', code: 'NOT_UTF8' };
  const decoded = bytes.toString('utf8');
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { kind: 'fault', code: 'NOT_A_JSON_OBJECT' };
  }
  if (!isJsonObject(parsed)) return { kind: 'fault', code: 'NOT_A_JSON_OBJECT' };
  // Raw control characters are syntax errors and raw surrogates are not UTF-8, so bad text can only come from an escape.
  const fault = faultIn(parsed, text.includes('\\u'), 1);
  return fault === null ? { kind: 'object', object: parsed, text } : { kind: 'fault', code: fault };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function faultIn(
  value: object,
  checkText: boolean,
  level: number,
): 'NESTED_TOO_DEEPLY' | 'UNSTORABLE_TEXT' | null {
  if (level > LIMITS.nestingLevelsMax) return 'NESTED_TOO_DEEPLY';
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (checkText && (isUnstorable(key) || (typeof member === 'string' && isUnstorable(member))))
      return 'UNSTORABLE_TEXT';
    if (typeof member === 'object' && member !== null) {
      const fault = faultIn(member, checkText, level + 1);
      if (fault !== null) return fault;
    }
  }
  return null;
}

function isUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}
