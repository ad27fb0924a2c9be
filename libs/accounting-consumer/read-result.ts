import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { BusRecord } from '#libs/bus';
import {
  coreOf,
  RefundCompleted,
  RefundFailed,
  RefundReversed,
  RESULT_TYPES,
  type ResultType,
} from '#libs/contracts';
import { faultOfLines, linesIn } from './lines.ts';
import type { Reading, SuspectReason, Suspicion } from './result.ts';

type ResultEvent = RefundCompleted | RefundFailed | RefundReversed;

const CLASSES: Readonly<Record<ResultType, ClassConstructor<ResultEvent>>> = {
  RefundCompleted,
  RefundFailed,
  RefundReversed,
};
const ATTRIBUTES = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'] as const;

/**
 * Reads one record of the results. Unknown fields are ignored; everything that the books rest on is checked, because whoever keeps books
 * cannot take a number back that was wrong. Never throws: what is not sound is a suspicion.
 */
export function readResult(record: Pick<BusRecord, 'value' | 'headers'>): Reading {
  const attributes = attributesOf(record);
  if ('kind' in attributes) return attributes;
  const type = RESULT_TYPES.find((known) => known === attributes.ce_type);
  if (type === undefined) return suspect('RESULT_TYPE_UNKNOWN', 'ce_type names no result of this release');
  const body = jsonObject(record.value);
  if ('kind' in body) return body;
  const { text, object } = body;
  const event = plainToInstance(CLASSES[type], object);
  const faults = validateSync(event, { forbidUnknownValues: true });
  if (faults.length > 0) return suspect('RESULT_SCHEMA_BROKEN', `not as in the contract: ${namesOf(faults)}`);
  if (`${event.refundId}.${String(event.sequence)}` !== attributes.ce_id)
    return suspect('RESULT_ID_MISMATCH', 'ce_id is not the refundId and sequence inside');
  const lines = 'lines' in event ? linesIn(event.lines) : [];
  const fault = 'lines' in event ? faultOfLines(event, lines) : null;
  if (fault !== null) return suspect(fault.reason, fault.detail);
  return {
    kind: 'result',
    result: {
      ceId: attributes.ce_id,
      type,
      refundId: event.refundId,
      paymentId: event.paymentId,
      sequence: event.sequence,
      reverses: 'reverses' in event ? event.reverses : null,
      lines,
      digest: hash('sha256', text, 'buffer'),
      coreDigest: hash('sha256', coreOf(text), 'buffer'),
    },
  };
}

export function suspect(reason: SuspectReason, detail: string): Suspicion {
  return { kind: 'suspect', reason, detail };
}

type Attributes = Readonly<Record<(typeof ATTRIBUTES)[number], string>>;

function attributesOf({ headers }: Pick<BusRecord, 'headers'>): Attributes | Suspicion {
  const found: Partial<Record<(typeof ATTRIBUTES)[number], string>> = {};
  for (const name of ATTRIBUTES) {
    const values = headers.filter((one) => one.name === name).map(({ value }) => value);
    const [first] = values;
    if (first === undefined || first === null || first.length === 0 || !isUtf8(first))
      return suspect('RESULT_UNREADABLE', `${name} is absent or no text`);
    if (values.some((other) => other === null || !first.equals(other)))
      return suspect('RESULT_UNREADABLE', `${name} is there twice, with different values`);
    found[name] = first.toString('utf8');
  }
  if (found.ce_specversion !== '1.0') return suspect('RESULT_UNREADABLE', 'not CloudEvents 1.0');
  return found as Attributes;
}

function jsonObject(value: Buffer | null): { readonly text: string; readonly object: object } | Suspicion {
  if (value === null) return suspect('RESULT_UNREADABLE', 'no value');
  if (!isUtf8(value)) return suspect('RESULT_UNREADABLE', 'the value is not UTF-8');
  const text = value.toString('utf8');
  try {
    const object: unknown = JSON.parse(text);
    if (typeof object === 'object' && object !== null && !Array.isArray(object)) return { text, object };
  } catch {
    // Said below: the parser's own message would quote the value.
  }
  return suspect('RESULT_UNREADABLE', 'the value is not a JSON object');
}

/** The fields at fault by their names in the contract, nested ones with their path. */
function namesOf(faults: readonly ValidationError[]): string {
  const names = faults.flatMap(({ property, children = [] }) =>
    children.length === 0 ? [property] : [`${property} (${namesOf(children)})`],
  );
  return names.join(', ');
}
