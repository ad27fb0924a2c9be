import { createHmac, hash } from 'node:crypto';
import type { WebhookEvent } from '../webhooks/webhook-target.ts';
import { PRIVATE_KEY, PUBLIC_KEY } from './credentials.ts';
import { randomIdentifier } from './identifiers.ts';
import type { WebhookKind } from './ledger.ts';
import { transactionFields } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { xmlDocument } from './xml.ts';

const BASE64_LINE_CHARACTERS = 60;
/** Every API key of the merchant signs; a receiver must find its own. */
const signers = [
  { publicKey: 'sandbox_retired', privateKey: 'sandbox_retired_private' },
  { publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY },
];

/** The notification as it is now: a form of signature and base64 payload, the payload broken into lines as the vendor's is. */
export function webhookEvent(
  kind: WebhookKind,
  transaction: BraintreeTransaction,
  nowMs: number,
): WebhookEvent {
  const notification = xmlDocument('notification', {
    timestamp: new Date(nowMs),
    kind,
    subject: { transaction: transactionFields(transaction) },
  });
  const base64 = Buffer.from(notification).toString('base64');
  const payload = base64.replaceAll(new RegExp(`.{1,${BASE64_LINE_CHARACTERS}}`, 'g'), '$&\n');
  const signature = signers
    .map(({ publicKey, privateKey }) => `${publicKey}|${signed(payload, privateKey)}`)
    .join('&');
  return {
    eventId: randomIdentifier(),
    orderKey: transaction.id,
    body: new URLSearchParams({ bt_signature: signature, bt_payload: payload }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Braintree-Webhooks',
    },
  };
}

/** The key is the raw SHA-1 digest of the private key, not the key itself. */
function signed(payload: string, privateKey: string): string {
  return createHmac('sha1', hash('sha1', privateKey, 'buffer'))
    .update(payload)
    .digest('hex');
}
