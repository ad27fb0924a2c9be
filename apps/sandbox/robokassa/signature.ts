import { hash } from 'node:crypto';

/** What a shop may choose in its technical settings. */
export const hashAlgorithms = ['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

/** True when `signature` is the hash of the values joined with `:`, as hex of any case. */
export function isSignedWith(
  algorithm: HashAlgorithm,
  values: readonly string[],
  signature: string | undefined,
): boolean {
  return signature?.toLowerCase() === hash(algorithm, values.join(':'), 'hex');
}
