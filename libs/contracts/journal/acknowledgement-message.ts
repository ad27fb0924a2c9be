import type { ResultAcknowledged } from '../events/result-acknowledged.ts';
import { header, type OutgoingRecord } from './outgoing.ts';

/** The acknowledgement as it goes to its topic, keyed by the payment as the results are. Pure: repeated, it gives the same bytes. */
export function acknowledgementMessage(
  { refundId, paymentId, acknowledges, consumer, acknowledgedAt }: ResultAcknowledged,
  topic: string,
): OutgoingRecord {
  return {
    topic,
    key: Buffer.from(paymentId),
    value: Buffer.from(JSON.stringify({ refundId, paymentId, acknowledges, consumer, acknowledgedAt })),
    headers: [
      header('content-type', 'application/json'),
      header('ce_specversion', '1.0'),
      header('ce_id', `${consumer}.${acknowledges}`),
      header('ce_source', `/accounting/${consumer}`),
      header('ce_type', 'ResultAcknowledged'),
      header('ce_subject', refundId),
      header('ce_time', acknowledgedAt),
      header('ce_dataschema', 'urn:refundry:ResultAcknowledged:1'),
    ],
  };
}
