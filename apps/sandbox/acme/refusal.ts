import { jsonAnswer, type Answer } from '../calls/answer.ts';

/** Every code that Acme refuses with, and the status it comes with. */
export const refusals = {
  invalid_request: 400,
  unauthorized: 401,
  balance_too_low: 402,
  payment_not_found: 404,
  refund_not_found: 404,
  key_reused: 409,
  payment_busy: 409,
  already_refunded: 422,
  amount_too_high: 422,
  payment_not_captured: 422,
  rate_limited: 429,
  internal_error: 500,
} as const;

export type RefusalCode = keyof typeof refusals;

export function refusal(code: RefusalCode): Answer {
  return refusalWith(refusals[code], code);
}

/** With any status and words, for faults. */
export function refusalWith(status: number, code: string): Answer {
  return jsonAnswer(status, { error: { code, message: `Refused: ${code}` } });
}
