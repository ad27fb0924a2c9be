import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';

const MERCHANT_ID = 'sandbox_merchant';
export const PUBLIC_KEY = 'sandbox_public';
export const PRIVATE_KEY = 'sandbox_private';

const expected = Buffer.from(`${PUBLIC_KEY}:${PRIVATE_KEY}`).toString('base64');

/** 401 for wrong keys, then 404 for a merchant id that is not ours. Access tokens (`Bearer`) belong to partners and are refused. */
export function refuseCredentials(request: FastifyRequest): Answer | null {
  const [scheme, credentials] = request.headers.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || credentials !== expected) {
    return emptyAnswer(401);
  }
  const { merchantId } = request.params as { merchantId?: string };
  return merchantId === MERCHANT_ID ? null : emptyAnswer(404);
}
