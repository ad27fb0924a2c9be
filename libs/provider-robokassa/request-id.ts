import { hash } from 'node:crypto';

const REQUEST_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whatever in an answer could be the number of a request, also one that is cut off. */
const PERHAPS_REQUEST_ID = /[0-9a-f]{8}-[0-9a-f]{1,4}(?:-[0-9a-f]{1,12}){0,4}/gi;

/** A signed token: whoever has it can make the refund once more. */
const TOKEN = /eyJ[\w-]+(?:\.[\w-]+){0,2}/g;

/** The number of a request; null when the text is none. */
export function readRequestId(text: string | null): string | null {
  return text !== null && REQUEST_ID.test(text) ? text : null;
}

/**
 * The name of a refund for the books, events and people. Whoever knows the number of a request may ask for its state, so the number itself stays with us
 * and this hash stands for it: the same for the same number, and no way back.
 */
export function providerRefundIdOf(requestId: string): string {
  return `rk_${hash('sha256', `refundry/robokassa/request/1\n${requestId.toLowerCase()}`, 'hex').slice(0, 32)}`;
}

/** What must be masked in an answer of the refund service beside the passwords. */
export function secretsIn(answer: string): readonly string[] {
  return [...(answer.match(PERHAPS_REQUEST_ID) ?? []), ...(answer.match(TOKEN) ?? [])];
}
