import {
  asCount,
  asObject,
  asText,
  declined,
  differences,
  fromMinorUnits,
  member,
  oneLine,
  toMinorUnits,
  unknown,
  type Json,
  type JsonObject,
  type ProviderRefund,
  type StoredAttempt,
} from '#libs/provider-kit';
import { invariant, type Outcome, type References } from '#libs/refund';
import { exponentOf } from './currency.ts';
import { NOTE_REFERENCE, NOTE_REFUND_ID } from './options.ts';
import { refundStatus } from './status-table.ts';

/** A refund as Razorpay answers it, read leniently: fields that prove nothing may be absent, those that prove something are null then. */
export interface RefundEntity {
  readonly id: string;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly paymentId: string | null;
  readonly status: string;
  readonly receipt: string | null;
  readonly notedRefundId: string | null;
  readonly notedReference: string | null;
  readonly references: References;
  readonly createdAtMs: number | null;
}

const REFUND_ID = /^rfnd_[A-Za-z0-9]{1,60}$/;

/** Null when it is no refund at all: without an id or a status there is nothing to go by. */
export function readRefund(value: Json | undefined): RefundEntity | null {
  const entity = asObject(value);
  if (entity === null) return null;
  const id = asText(member(entity, 'id'));
  const status = asText(member(entity, 'status'));
  if (id === null || !REFUND_ID.test(id) || status === null) return null;
  // Empty notes come as a list.
  const notes = asObject(member(entity, 'notes')) ?? {};
  const createdAtSeconds = asCount(member(entity, 'created_at'));
  return {
    id,
    status,
    amount: asCount(member(entity, 'amount')),
    currency: asText(member(entity, 'currency')),
    paymentId: asText(member(entity, 'payment_id')),
    receipt: asText(member(entity, 'receipt')),
    notedRefundId: asText(member(notes, NOTE_REFUND_ID)),
    notedReference: asText(member(notes, NOTE_REFERENCE)),
    references: bankReferences(asObject(member(entity, 'acquirer_data')) ?? {}),
    createdAtMs: createdAtSeconds === null ? null : createdAtSeconds * 1000,
  };
}

/** The reference of ours that a refund carries: the receipt, or the note where the caller chose the receipt. Null when it carries none of these. */
export function carriedReference(entity: RefundEntity, references: readonly string[]): string | null {
  const carried = [entity.receipt, entity.notedReference].find(
    (text) => text !== null && references.includes(text),
  );
  return carried ?? null;
}

/** Whether the refund says that it belongs to this refund of ours, by any attempt's reference or by our refundId. */
export function belongsTo(entity: RefundEntity, attempt: StoredAttempt): boolean {
  return carriedReference(entity, attempt.references) !== null || entity.notedRefundId === attempt.refundId;
}

/** What a refund that Razorpay shows means for an attempt. `isOurs`: whether it carries the reference that the question asks for. */
export function outcomeOfRefund(entity: RefundEntity, attempt: StoredAttempt, isOurs: boolean): Outcome {
  const mismatch = differences([
    { field: 'amount', expected: String(minorAmount(attempt)), answered: textOf(entity.amount) },
    { field: 'currency', expected: attempt.currency, answered: entity.currency },
    { field: 'payment', expected: attempt.paymentId, answered: entity.paymentId },
    {
      field: 'reference',
      expected: attempt.reference,
      answered: isOurs ? attempt.reference : entity.receipt,
    },
  ]);
  if (mismatch !== null) return unknown('mismatch', mismatch, entity.id);
  switch (refundStatus(entity.status)) {
    case 'succeeded':
      // `created_at` is when it was asked for; of the moment it was processed nothing is said.
      return {
        kind: 'succeeded',
        providerRefundId: entity.id,
        references: entity.references,
        completedAtMs: null,
      };
    case 'pending':
      return { kind: 'pending', providerRefundId: entity.id, references: entity.references };
    case 'failed':
      return declined('REFUND_FAILED', 'the bank did not take the refund', {
        actBy: 'merchant',
        mayRequestAgain: true,
        providerRefundId: entity.id,
        readingStale: true,
      });
    case null:
      return unknown('unlisted', oneLine(`refund status ${entity.status} is not listed`), entity.id);
  }
}

/** The refund as a listing of all accounts' providers shows it. Null when its amount cannot be told. */
export function providerRefundOf(entity: RefundEntity): ProviderRefund | null {
  const { id, amount, currency, paymentId, createdAtMs } = entity;
  const exponent = currency === null ? null : exponentOf(currency);
  if (amount === null || currency === null || exponent === null || paymentId === null) return null;
  return {
    providerRefundId: id,
    paymentId,
    amount: fromMinorUnits(amount, exponent),
    currency,
    status: refundStatus(entity.status) ?? 'unlisted',
    reference: entity.notedReference ?? entity.receipt,
    refundId: entity.notedRefundId,
    createdAtMs,
  };
}

/** The attempt's amount in minor units. */
export function minorAmount(attempt: StoredAttempt): number {
  const exponent = exponentOf(attempt.currency);
  invariant(exponent !== null, `attempt in ${attempt.currency}, which is not listed`);
  return toMinorUnits(attempt.amount, exponent);
}

/** A reference of a bank: printable, without spaces. Anything else is left out. */
function bankReferences(acquirer: JsonObject): References {
  const found: { arn?: string; rrn?: string; utr?: string } = {};
  for (const name of ['arn', 'rrn', 'utr'] as const) {
    const text = asText(member(acquirer, name));
    if (text !== null && /^[\x21-\x7e]{1,64}$/.test(text)) found[name] = text;
  }
  return found;
}

function textOf(amount: number | null): string | null {
  return amount === null ? null : String(amount);
}
