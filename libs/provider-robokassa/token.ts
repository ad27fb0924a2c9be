import jwt from 'jsonwebtoken';

/** The only ones that the refund service takes. */
export const TOKEN_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/**
 * A token whose payload is exactly the given text: an object would be written anew, and `50.50` become `50.5`. Of a text nothing is added either, no time
 * of issue and no `typ`, which RoboKassa's own tokens have and which is therefore said here.
 */
export function signRefund(content: string, password3: string, algorithm: TokenAlgorithm): string {
  return jwt.sign(content, password3, { algorithm, header: { alg: algorithm, typ: 'JWT' } });
}
