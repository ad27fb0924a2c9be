import type { RefundRequested } from '../events/refund-requested.ts';
import { header, type OutgoingRecord } from '../journal/outgoing.ts';

/** What surrounds a request on the bus. */
export interface RequestEnvelope {
  readonly topic: string;
  readonly ceId: string;
  readonly ceSource: string;
  /** ISO 8601. */
  readonly time: string;
  readonly traceparent?: string | null;
}

/** A request as its sender publishes it: CloudEvents, binary mode, keyed by the payment. It is not checked; intake does that. */
export function requestMessage(request: RefundRequested, envelope: RequestEnvelope): OutgoingRecord {
  const { topic, ceId, ceSource, time, traceparent } = envelope;
  return {
    topic,
    key: Buffer.from(request.paymentId),
    value: Buffer.from(JSON.stringify(request)),
    headers: [
      header('content-type', 'application/json'),
      header('ce_specversion', '1.0'),
      header('ce_id', ceId),
      header('ce_source', ceSource),
      header('ce_type', 'RefundRequested'),
      header('ce_subject', request.refundId),
      header('ce_time', time),
      header('ce_dataschema', 'urn:refundry:RefundRequested:1'),
      ...(typeof traceparent === 'string' ? [header('traceparent', traceparent)] : []),
    ],
  };
}
