import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { description, plainError } from './errors.ts';

const KEY_ID = 'rzp_test_sandbox';
export const KEY_SECRET = 'sandbox_secret';
export const WEBHOOK_SECRET = 'sandbox_webhook_secret';
export const ACCOUNT_ID = 'acc_SandboxAccount';

/** The scheme word is exactly `Basic`: Razorpay refuses `basic`. */
export function refuseCredentials(request: FastifyRequest, keySecret: string): Answer | null {
  const { authorization } = request.headers;
  if (authorization === `Basic ${Buffer.from(`${KEY_ID}:${keySecret}`).toString('base64')}`) {
    return null;
  }
  const [scheme, credentials = ''] = authorization?.split(' ') ?? [];
  const [keyId] = Buffer.from(credentials, 'base64').toString().split(':');
  const keyIsWrong = scheme === 'Basic' && keyId !== '' && keyId !== KEY_ID;
  return plainError(401, keyIsWrong ? description.keyInvalid : description.authenticationFailed);
}
