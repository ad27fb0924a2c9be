import { createHmac } from 'node:crypto';
import type { WebhookEvent } from '../webhooks/webhook-target.ts';
import { ACCOUNT_ID, WEBHOOK_SECRET } from './credentials.ts';
import { paymentEntity, refundEntity } from './entities.ts';
import { randomIdentifier } from './identifiers.ts';
import type { RazorpayRefund } from './ledger.ts';

export type RefundEventName =
  | 'refund.created'
  | 'refund.processed'
  | 'refund.failed'
  | 'refund.speed_changed';

/** The event as it is now, signed over exactly the bytes that will be sent. */
export function refundEvent(name: RefundEventName, refund: RazorpayRefund, nowMs: number): WebhookEvent {
  const eventId = randomIdentifier();
  const createdAtS = Math.floor(nowMs / 1000);
  const payload = {
    refund: { entity: refundEntity(refund, nowMs) },
    payment: { entity: paymentEntity(refund.payment) },
  };
  const head = { entity: 'event', account_id: ACCOUNT_ID, event: name, contains: ['refund', 'payment'] };
  const body = JSON.stringify(
    // In the vendor's sample of this one event the time stands inside `payload`.
    name === 'refund.speed_changed'
      ? { ...head, payload: { ...payload, created_at: createdAtS } }
      : { ...head, payload, created_at: createdAtS },
  );
  return {
    eventId,
    orderKey: refund.id,
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Razorpay-Webhook/v1',
      'x-razorpay-event-id': eventId,
      'x-razorpay-signature': createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex'),
    },
  };
}
