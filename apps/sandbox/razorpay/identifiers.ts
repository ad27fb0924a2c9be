import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 14;
const pool = Buffer.alloc(LENGTH * 512);
let used = pool.length;

/** Fourteen random letters and digits, as in `pay_…` and `rfnd_…`: 62^14 of them, so no check for collisions is needed. */
export function randomIdentifier(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (const end = used + LENGTH; used < end; used += 1) {
    text += alphabet[(pool[used] ?? 0) % alphabet.length];
  }
  return text;
}

const paymentIdPattern = /^pay_[0-9A-Za-z]{14}$/;
const refundIdPattern = /^rfnd_[0-9A-Za-z]{14}$/;

export function isPaymentId(text: string): boolean {
  return paymentIdPattern.test(text);
}

export function isRefundId(text: string): boolean {
  return refundIdPattern.test(text);
}
