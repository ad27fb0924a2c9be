import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { description, plainError } from './errors.ts';

const KEY_ID = 'rzp_test_sandbox';
export const KEY_SECRET = 'sandbox_secret';
export const WEBHOOK_SECRET = 'sandbox_webhook_secret';
export const ACCOUNT_ID = 'acc_SandboxAccount';

/** The scheme word is exactly `Basic`: Razorpay refuses `basic`. */
const expected = `Basic ${Buffer.from(`${KEY_ID}:${KEY_SECRET}`).toString('base64')}`;

export function refuseCredentials(request: FastifyRequest): Answer | null {
  const { authorization } = request.headers;
  if (authorization === expected) {
    return null;
  }
  const [scheme, credentials = ''] = authorization?.split(' ') ?? [];
  const [keyId] = Buffer.from(credentials, 'base64').toString().split(':');
  const keyIsWrong = scheme === 'Basic' && keyId !== '' && keyId !== KEY_ID;
  return plainError(401, keyIsWrong ? description.keyInvalid : description.authenticationFailed);
}
