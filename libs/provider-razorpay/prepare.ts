import {
  asText,
  attemptKey,
  attemptReference,
  member,
  parseJsonObject,
  toMinorUnits,
  type PreparedAttempt,
  type PreviousAttempt,
  type RefundTask,
} from '#libs/provider-kit';
import { invariant } from '#libs/refund';
import { RAZORPAY_CAPABILITIES } from './capabilities.ts';
import { exponentOf } from './currency.ts';
import { NOTE_REFERENCE, NOTE_REFUND_ID, type RazorpayOptions } from './options.ts';

/**
 * The body of `POST /v1/payments/{id}/refund`, byte for byte as it is stored and sent. The amount is always written: an absent one would mean
 * "everything that is left" at the moment the request arrives. The request's metadata stays with us.
 */
export function prepare(
  task: RefundTask,
  attemptNo: number,
  previous: PreviousAttempt | null,
): PreparedAttempt {
  const exponent = exponentOf(task.currency);
  invariant(exponent !== null, `currency ${task.currency} was accepted but is not listed`);
  const options = task.options as RazorpayOptions;
  const reference = attemptReference(task.refundId, attemptNo);
  const speed = previous === null ? options.speed : speedAfter(previous);
  const content = {
    amount: toMinorUnits(task.amount, exponent),
    ...(speed === undefined ? {} : { speed }),
    receipt: options.receipt ?? reference,
    notes: {
      ...options.notes,
      [NOTE_REFUND_ID]: task.refundId,
      // The caller's receipt says nothing about the attempt, so our reference travels here.
      ...(options.receipt === undefined ? {} : { [NOTE_REFERENCE]: reference }),
    },
  };
  return {
    action: 'refund',
    key: attemptKey(task.refundId, attemptNo),
    reference,
    content: JSON.stringify(content),
    sameKeyForMs: RAZORPAY_CAPABILITIES.replayWindowMs,
  };
}

/** Once refused, an instant refund is not asked for again, whatever the attempts after it are replaced for. */
function speedAfter({ because, content }: PreviousAttempt): string | undefined {
  if (because === 'optionUnsupported') return 'normal';
  return asText(member(parseJsonObject(content) ?? {}, 'speed')) ?? undefined;
}
