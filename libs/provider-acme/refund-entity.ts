import {
  asCount,
  asObject,
  asText,
  declined,
  differences,
  member,
  oneLine,
  toMinorUnits,
  unknown,
  type Json,
  type StoredAttempt,
} from '#libs/provider-kit';
import { invariant, type Outcome } from '#libs/refund';
import { exponentOf } from './currency.ts';
import { refundStatus } from './status-table.ts';

/** A refund as Acme answers it, read leniently: fields that prove something are null where they are absent. */
export interface RefundEntity {
  readonly id: string;
  readonly status: string;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly paymentId: string | null;
  readonly reference: string | null;
}

const REFUND_ID = /^re_[A-Za-z0-9]{1,60}$/;

/** Null when it is no refund at all: without an id or a status there is nothing to go by. */
export function readRefund(value: Json | undefined): RefundEntity | null {
  const entity = asObject(value);
  if (entity === null) return null;
  const id = asText(member(entity, 'id'));
  const status = asText(member(entity, 'status'));
  if (id === null || !REFUND_ID.test(id) || status === null) return null;
  return {
    id,
    status,
    amount: asCount(member(entity, 'amount')),
    currency: asText(member(entity, 'currency')),
    paymentId: asText(member(entity, 'payment_id')),
    reference: asText(member(entity, 'reference')),
  };
}

/** What a refund that Acme shows means for an attempt. `references`: those of ours that it may carry. */
export function outcomeOfRefund(
  entity: RefundEntity,
  attempt: StoredAttempt,
  references: readonly string[],
): Outcome {
  const isOurs = entity.reference !== null && references.includes(entity.reference);
  const mismatch = differences([
    { field: 'amount', expected: String(minorAmount(attempt)), answered: textOf(entity.amount) },
    { field: 'currency', expected: attempt.currency, answered: entity.currency },
    { field: 'payment', expected: attempt.paymentId, answered: entity.paymentId },
    {
      field: 'reference',
      expected: attempt.reference,
      answered: isOurs ? attempt.reference : entity.reference,
    },
  ]);
  if (mismatch !== null) return unknown('mismatch', mismatch, entity.id);
  switch (refundStatus(entity.status)) {
    case 'succeeded':
      return { kind: 'succeeded', providerRefundId: entity.id, references: {}, completedAtMs: null };
    case 'pending':
      return { kind: 'pending', providerRefundId: entity.id, references: {} };
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

/** The attempt's amount in minor units. */
function minorAmount(attempt: StoredAttempt): number {
  const exponent = exponentOf(attempt.currency);
  invariant(exponent !== null, `attempt in ${attempt.currency}, which is not listed`);
  return toMinorUnits(attempt.amount, exponent);
}

function textOf(amount: number | null): string | null {
  return amount === null ? null : String(amount);
}
