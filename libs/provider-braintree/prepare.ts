import {
  attemptKey,
  attemptReference,
  type PreparedAttempt,
  type PreviousAttempt,
  type ProviderAccount,
  type RefundTask,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { wireAmount } from './amount.ts';
import { BRAINTREE_CAPABILITIES } from './capabilities.ts';
import { lineItemOnWire } from './line-item.ts';
import type { BraintreeOptions } from './options.ts';

/**
 * Every attempt of a refund sends the reference of its first one. A payment that is not settled yet refuses as many as the waiting allows, each with a key of
 * its own; were their references their own as well, a database that lost rows could not foresee the one that was paid, and would pay again.
 */
const REFERENCE_OF_ATTEMPT_NO = 1;

/**
 * The body of `POST …/refund` or `PUT …/void`, byte for byte as it is stored and sent. The amount is always written: an absent one would mean
 * "everything that is left" at the moment the request arrives. The request's metadata stays with us.
 * An attempt goes without a key where the merchant's keys were refused before, by this process or in the attempt that this one replaces.
 */
export function prepare(
  account: ProviderAccount,
  task: RefundTask,
  attemptNo: number,
  previous: PreviousAttempt | null,
): PreparedAttempt {
  const isKeyed = previous?.because !== 'keyRefused' && credentialsOf(account).takesRequestKeys();
  const key = isKeyed ? attemptKey(task.refundId, attemptNo) : null;
  const reference = attemptReference(task.refundId, REFERENCE_OF_ATTEMPT_NO);
  const fields = task.action === 'void' ? {} : refundFields(task, reference);
  return {
    action: task.action,
    key,
    reference,
    content: JSON.stringify({
      transaction: { ...fields, ...(key === null ? {} : { api_request_key: key }) },
    }),
    sameKeyForMs: key === null ? null : BRAINTREE_CAPABILITIES.replayWindowMs,
  };
}

type Given = { readonly [Name in keyof BraintreeOptions]: BraintreeOptions[Name] | null };

function refundFields(task: RefundTask, reference: string): Readonly<Record<string, unknown>> {
  const { orderId, merchantAccountId, lineItems, surchargeAmount } = task.options as Given;
  return {
    amount: wireAmount(task.amount, task.currency),
    // Absent, it would be the payment's own, and no look-up could tell whose refund it is.
    order_id: orderId ?? reference,
    // A null of the caller means absent, as everywhere in a request; JSON leaves out what is undefined.
    merchant_account_id: merchantAccountId ?? undefined,
    line_items: lineItems?.map(lineItemOnWire),
    surcharge_amount: surchargeAmount ?? undefined,
  };
}
