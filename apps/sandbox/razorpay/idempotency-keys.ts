import { hash } from 'node:crypto';

interface KeyUse<Refund> {
  readonly requestHash: string;
  /** Null while the first request with this key is being processed. */
  refund: Refund | null;
}

export type KeyState<Refund> =
  | { readonly kind: 'unused' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'replay'; readonly refund: Refund }
  | { readonly kind: 'mismatch' };

/**
 * What each (merchant, `X-Refund-Idempotency`) was used for. Only a request that made a refund occupies its key: after a refusal the
 * same key may come again, as the documented "retry with the same key" needs. Keys never expire; Razorpay documents no lifetime.
 */
export class IdempotencyKeys<Refund> {
  readonly #uses = new Map<string, KeyUse<Refund>>();

  look(key: string, requestHash: string): KeyState<Refund> {
    const use = this.#uses.get(key);
    if (use === undefined) {
      return { kind: 'unused' };
    }
    if (use.refund === null) {
      return { kind: 'in-progress' };
    }
    return use.requestHash === requestHash ? { kind: 'replay', refund: use.refund } : { kind: 'mismatch' };
  }

  claim(key: string, requestHash: string): void {
    this.#uses.set(key, { requestHash, refund: null });
  }

  /** Ends a claim: with the refund it made, or freeing the key when it made none. */
  settle(key: string, refund: Refund | null): void {
    const use = this.#uses.get(key);
    if (use === undefined) {
      return;
    }
    if (refund === null) {
      this.#uses.delete(key);
    } else {
      use.refund = refund;
    }
  }
}

/** Over the payment and the exact bytes of the body: a key repeated with another spelling of the same JSON is another request. */
export function hashRequest(paymentId: string, body: string): string {
  return hash('sha1', `${paymentId}\n${body}`, 'base64');
}
