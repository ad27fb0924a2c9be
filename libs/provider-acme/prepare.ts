import {
  attemptKey,
  attemptReference,
  toMinorUnits,
  type PreparedAttempt,
  type RefundTask,
} from '#libs/provider-kit';
import { invariant } from '#libs/refund';
import { ACME_CAPABILITIES } from './capabilities.ts';
import { exponentOf } from './currency.ts';
import type { AcmeOptions } from './options.ts';

/**
 * The body of `POST /acme/refunds`, byte for byte as it is stored and sent. The amount is always written: an absent one could mean
 * "everything that is left" at the moment the request arrives. The request's metadata stays with us.
 */
export function prepare(task: RefundTask, attemptNo: number): PreparedAttempt {
  const exponent = exponentOf(task.currency);
  invariant(exponent !== null, `currency ${task.currency} was accepted but is not listed`);
  const { description } = task.options as AcmeOptions;
  const reference = attemptReference(task.refundId, attemptNo);
  const content = {
    payment_id: task.paymentId,
    amount: toMinorUnits(task.amount, exponent),
    currency: task.currency,
    reference,
    ...(description === undefined ? {} : { description }),
  };
  return {
    action: 'refund',
    key: attemptKey(task.refundId, attemptNo),
    reference,
    content: JSON.stringify(content),
    sameKeyForMs: ACME_CAPABILITIES.replayWindowMs,
  };
}
