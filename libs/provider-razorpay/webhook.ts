import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  asObject,
  asText,
  member,
  oneLine,
  parseJsonObject,
  type JsonObject,
  type ProviderAccount,
  type WebhookHint,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { checkPaymentId } from './options.ts';
import { readRefund } from './refund-entity.ts';

/** Every event about a refund; a test compares them with MAPPINGS.md. */
export const EVENTS = ['refund.created', 'refund.processed', 'refund.failed', 'refund.speed_changed'];

const SHOWN: ReadonlyMap<string, 'succeeded' | 'pending' | 'failed'> = new Map([
  ['processed', 'succeeded'],
  ['pending', 'pending'],
  ['failed', 'failed'],
] as const);

/** Header names in lower case, as Node gives them. */
type Headers = Readonly<Record<string, string | undefined>>;

/** Verifies a delivery and says what it hints at. Nothing in it changes a refund; that is the look-up's to do. */
export function readWebhook(account: ProviderAccount, rawBody: Buffer, headers: Headers): WebhookHint {
  const secrets = credentialsOf(account).webhookSecrets();
  if (secrets.length === 0) return { kind: 'forged', why: 'the account has no webhook secret' };
  const signature = headers['x-razorpay-signature'] ?? '';
  if (!secrets.some((secret) => isSignedWith(secret, rawBody, signature))) {
    return { kind: 'forged', why: 'the signature does not fit the body' };
  }
  const event = parseJsonObject(rawBody.toString('utf8'));
  const eventId = readEventId(headers, rawBody);
  if (event === null) return { kind: 'ignore', eventId, why: 'the body is no JSON object' };
  return hintOf(event, eventId, account);
}

/** Over the bytes as they came: an SDK that parses and prints them again would sign something else. Compared in constant time. */
function isSignedWith(secret: string, rawBody: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  const given = /^[0-9a-f]{64}$/i.test(signature)
    ? Buffer.from(signature, 'hex')
    : Buffer.alloc(expected.length);
  return timingSafeEqual(expected, given);
}

/** Razorpay's id of the event, the same in every delivery of it; where it is missing, the body stands for itself. */
function readEventId(headers: Headers, rawBody: Buffer): string {
  const given = headers['x-razorpay-event-id'] ?? '';
  return /^[\x21-\x7e]{1,100}$/.test(given) ? given : createHash('sha256').update(rawBody).digest('hex');
}

function hintOf(event: JsonObject, eventId: string, account: ProviderAccount): WebhookHint {
  const name = asText(member(event, 'event')) ?? '';
  if (!EVENTS.includes(name))
    return { kind: 'ignore', eventId, why: oneLine(`event ${name} is not about a refund`, 100) };
  const merchant = asText(member(event, 'account_id'));
  if (account.merchant.startsWith('acc_') && merchant !== account.merchant) {
    return { kind: 'ignore', eventId, why: 'the event belongs to another merchant' };
  }
  const payload = asObject(member(event, 'payload')) ?? {};
  // Razorpay gives money back by itself when a payment was never captured, and reports it with the same events.
  if (member(entityOf(payload, 'payment') ?? {}, 'captured') === false) {
    return { kind: 'ignore', eventId, why: 'the payment was never captured' };
  }
  const refund = readRefund(entityOf(payload, 'refund') ?? undefined);
  if (refund === null) return { kind: 'ignore', eventId, why: 'there is no refund in the event' };
  const paymentId =
    refund.paymentId !== null && checkPaymentId(refund.paymentId).length === 0 ? refund.paymentId : null;
  const shows = SHOWN.get(refund.status);
  return {
    kind: 'look',
    eventId,
    paymentId,
    providerRefundId: refund.id,
    ...(shows === undefined ? {} : { shows }),
  };
}

function entityOf(payload: JsonObject, name: string): JsonObject | null {
  return asObject(member(asObject(member(payload, name)) ?? {}, 'entity'));
}
