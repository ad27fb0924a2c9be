import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const LENGTH = 8;
const pool = Buffer.alloc(LENGTH * 512);
let used = pool.length;

/** Eight random letters and digits, as Braintree's transaction ids look. So few that the caller must look for a collision. */
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
