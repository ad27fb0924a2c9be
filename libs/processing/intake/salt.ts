import { randomFillSync } from 'node:crypto';

const SALT_BYTES = 16;
/** One call of the system's generator for 256 salts: asked for each alone it costs more than the rest of a request's digest. */
const pool = Buffer.alloc(SALT_BYTES * 256);
let used = pool.length;

/** 16 random bytes of their own, never given twice. */
export function newSalt(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SALT_BYTES;
  return Buffer.from(pool.subarray(used - SALT_BYTES, used));
}
