import type { SoughtRefund } from '#libs/provider-kit';
import { NOTE_REFERENCE, NOTE_REFUND_ID } from './options.ts';

/** Every refund of ours carries our id in its notes, and our reference as its receipt unless the caller chose another. */
export function whereToLook(refund: SoughtRefund): readonly string[] {
  const { refundId, paymentId, amount, currency, references, providerRefundId } = refund;
  const name =
    references.length === 0 ? '' : `, receipt or note ${NOTE_REFERENCE} ${references.join(' or ')}`;
  const known = providerRefundId === null ? [] : [`dashboard, refunds: open ${providerRefundId}`];
  return [
    ...known,
    `dashboard, payments: open ${paymentId} and its refunds`,
    `is there one with the note ${NOTE_REFUND_ID} ${refundId}${name}?`,
    amount === null
      ? 'compare its amount with the request'
      : `does it show ${amount} ${currency}, and is it processed, pending or failed?`,
  ];
}
