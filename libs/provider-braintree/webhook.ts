import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';
import { oneLine, type ProviderAccount, type WebhookHint } from '#libs/provider-kit';
import { credentialsOf, type BraintreeCredentials } from './account.ts';
import { readTransaction, TRANSACTION_ID } from './transaction.ts';
import { child, parseXml, textOf } from './xml.ts';

/** Kinds that may be about a refund. Braintree sends them for bank debits only (and `refund_failed`); refunds of cards and PayPal are polled. */
export const EVENTS = ['transaction_settled', 'transaction_settlement_declined', 'refund_failed'];

/** The alphabet of the payload; anything else is refused before it is decoded. */
const PAYLOAD = /^[A-Za-z0-9+=/\n]+$/;

/** Verifies a delivery and says what it hints at. Nothing in it changes a refund; that is the look-up's to do. */
export function readWebhook(account: ProviderAccount, rawBody: Buffer): WebhookHint {
  const form = new URLSearchParams(rawBody.toString('utf8'));
  const [signature, payload] = [form.get('bt_signature') ?? '', form.get('bt_payload') ?? ''];
  if (!PAYLOAD.test(payload))
    return { kind: 'forged', why: 'there is no payload of the form that is signed' };
  if (!isSigned(credentialsOf(account), signature, payload)) {
    return { kind: 'forged', why: 'no signature of our key fits the payload' };
  }
  // Braintree gives its events no id; the payload with its time and subject stands for itself.
  const eventId = createHash('sha256').update(payload).digest('hex');
  return hintOf(Buffer.from(payload, 'base64').toString('utf8'), eventId, account);
}

/** The answer to `GET ?bt_challenge=…`, by which Braintree makes sure that the address is the merchant's. */
export function answerChallenge(
  account: ProviderAccount,
  query: Readonly<Record<string, string | undefined>>,
): string | null {
  const challenge = query['bt_challenge'] ?? '';
  if (!/^[a-f0-9]{20,32}$/.test(challenge)) return null;
  const credentials = credentialsOf(account);
  return `${credentials.publicKey}|${signed(credentials, challenge).toString('hex')}`;
}

/** Every API key of the merchant signs, `publicKey|signature` joined by `&`; ours must be among them. Compared in constant time. */
function isSigned(credentials: BraintreeCredentials, signature: string, payload: string): boolean {
  const pairs = signature.split('&').map((pair) => pair.split('|'));
  const ours = pairs.find(([publicKey]) => publicKey === credentials.publicKey)?.[1] ?? '';
  if (!/^[0-9a-f]{40}$/i.test(ours)) return false;
  const given = Buffer.from(ours, 'hex');
  // A form may lose the newline at the payload's end, which was signed with it.
  return [payload, `${payload}\n`].some((text) => timingSafeEqual(signed(credentials, text), given));
}

/** HMAC-SHA1 with the raw SHA-1 digest of the private key as its key. */
function signed(credentials: BraintreeCredentials, text: string): Buffer {
  return createHmac('sha1', hash('sha1', credentials.privateKey(), 'buffer'))
    .update(text)
    .digest();
}

function hintOf(notification: string, eventId: string, account: ProviderAccount): WebhookHint {
  const ignore = (why: string): WebhookHint => ({ kind: 'ignore', eventId, why });
  const root = parseXml(notification);
  if (root?.name !== 'notification') return ignore('the payload is no notification');
  const kind = textOf(root, 'kind') ?? '';
  if (!EVENTS.includes(kind)) return ignore(oneLine(`event ${kind} is not about a refund`, 100));
  const merchant = textOf(root, 'source-merchant-id');
  if (merchant !== null && merchant !== credentialsOf(account).merchantId)
    return ignore('the event belongs to another merchant');
  const subject = child(root, 'subject');
  const transaction = readTransaction(subject === null ? null : child(subject, 'transaction'));
  if (transaction === null) return ignore('there is no transaction in the event');
  const paymentId = transaction.refundedTransactionId;
  if (transaction.type !== 'credit' || paymentId === null) return ignore('the transaction is no refund');
  return {
    kind: 'look',
    eventId,
    paymentId: TRANSACTION_ID.test(paymentId) ? paymentId : null,
    providerRefundId: transaction.id,
  };
}
