import { hash } from 'node:crypto';

/** What a shop may choose in its technical settings. */
export const HASH_ALGORITHMS = ['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
export type HashAlgorithm = (typeof HASH_ALGORITHMS)[number];

/** RoboKassa's signature of values in their order, in upper-case hex as its own plugin sends it. */
export function signatureOf(algorithm: HashAlgorithm, values: readonly string[]): string {
  return hash(algorithm, values.join(':'), 'hex').toUpperCase();
}
