import { hash } from 'node:crypto';
import { invariant } from '#libs/refund';

/**
 * The idempotency key of an attempt: 35 characters of `[a-z0-9_]`. A pure function, so that a restored database asks with the key it asked
 * with before. Fixed in length by hashing, never by cutting an id: two refunds with one beginning would share a key, and one would never be paid.
 */
export function attemptKey(refundId: string, attemptNo: number): string {
  return `rk_${digest('key', refundId, attemptNo)}`;
}

/** Our reference at the provider, by which a look-up finds the attempt: 35 characters, under every provider's limit (Razorpay: 40). */
export function attemptReference(refundId: string, attemptNo: number): string {
  return `rr_${digest('reference', refundId, attemptNo)}`;
}

/** The form of our references, as a regular expression that PostgreSQL takes too. */
export const REFERENCE_FORM = '^rr_[0-9a-f]{32}$';

/** Whether a text has the form of our references: a caller's own reference must not, or it could pass for an attempt. */
export function looksLikeReference(text: string): boolean {
  return new RegExp(REFERENCE_FORM).test(text);
}

/** The purpose and the version keep the two apart; a change of either would pay a refund in flight a second time. */
function digest(purpose: 'key' | 'reference', refundId: string, attemptNo: number): string {
  invariant(Number.isSafeInteger(attemptNo) && attemptNo >= 1, 'attempts are counted from 1');
  return hash('sha256', `refundry/${purpose}/1\n${refundId}\n${String(attemptNo)}`, 'hex').slice(0, 32);
}
