import { hash } from 'node:crypto';
import { AMOUNT } from '#libs/refund';
import { normaliseAmount } from '../rules.ts';
import { FIELDS, type Field, type RequestBody } from './request-body.ts';

/**
 * SHA-256 over the canonical form, version 1: the known fields that are present and not null, in order of their names, as JSON without white space,
 * keys of nested objects sorted by code unit, well-formed amounts without trailing zeros, everything else as sent.
 * A field with a card number enters as a bare `#`, which no JSON value can be: a hash of it could be turned back by trying all cards.
 */
export function fingerprintOf(body: RequestBody, hidden: ReadonlySet<Field>): Buffer {
  return hash('sha256', canonicalForm(body, hidden), 'buffer');
}

export function canonicalForm(body: RequestBody, hidden: ReadonlySet<Field>): string {
  let members = '';
  for (const field of FIELDS) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    members += `${members === '' ? '' : ','}"${field}":${hidden.has(field) ? '#' : canonicalField(field, value)}`;
  }
  return `{${members}}`;
}

function canonicalField(field: Field, value: unknown): string {
  const isAmount = field === 'amount' || field === 'expectedRemaining';
  if (isAmount && typeof value === 'string' && AMOUNT.test(value)) return `"${normaliseAmount(value)}"`;
  return canonicalJson(value);
}

/** The caller bounds the depth. */
function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // 1e400 parses to Infinity, which JSON.stringify would turn into null.
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object).toSorted(byCodeUnit);
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`).join(',')}}`;
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
