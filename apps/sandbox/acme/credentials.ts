import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { refusal } from './refusal.ts';

const MERCHANT_ID = 'sandbox_merchant';
export const SECRET_KEY = 'test_acme_sandbox_key';

const expected = `Basic ${Buffer.from(`${MERCHANT_ID}:${SECRET_KEY}`).toString('base64')}`;

export function refuseCredentials(request: FastifyRequest): Answer | null {
  return request.headers.authorization === expected ? null : refusal('unauthorized');
}
