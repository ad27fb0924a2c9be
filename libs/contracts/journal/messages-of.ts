import { invariant } from '#libs/refund';
import type { RecordHeader } from '../request/incoming.ts';
import type { ResultType } from '../rules.ts';
import { header, type OutgoingRecord } from './outgoing.ts';

/** A journal row as the store keeps it. `format` pins how headers and keys follow from it: a change of them is a new format. */
export interface StoredEntry {
  readonly refundId: string;
  readonly paymentId: string;
  readonly sequence: number;
  /** The text that stands in the events, ISO 8601 with milliseconds, UTC. */
  readonly occurredAt: string;
  readonly traceparent: string | null;
  readonly status: string | null;
  readonly result: string | null;
  readonly resultType: ResultType | null;
  readonly format: 1;
}

const CONTENT_TYPE = header('content-type', 'application/json');
const SPECVERSION = header('ce_specversion', '1.0');
const RESULT_SOURCE = header('ce_source', '/refundry/results');
const STATUS_SOURCE = header('ce_source', '/refundry/status');

interface TypeHeaders {
  readonly type: RecordHeader;
  readonly schema: RecordHeader;
}
const typeHeaders = (type: string): TypeHeaders => ({
  type: header('ce_type', type),
  schema: header('ce_dataschema', `urn:refundry:${type}:1`),
});
const STATUS = typeHeaders('RefundStatusChanged');
const RESULTS: Readonly<Record<ResultType, TypeHeaders>> = {
  RefundCompleted: typeHeaders('RefundCompleted'),
  RefundFailed: typeHeaders('RefundFailed'),
  RefundReversed: typeHeaders('RefundReversed'),
};

/**
 * The messages of one journal row: the result first, then the status snapshot. A pure function of the row, so that publishing again,
 * years later too, gives the same bytes. The headers' buffers may be shared between messages; nobody writes to them.
 */
export function messagesOf(
  entry: StoredEntry,
  topics: { readonly results: string; readonly status: string },
): OutgoingRecord[] {
  const id = header('ce_id', `${entry.refundId}.${String(entry.sequence)}`);
  const subject = header('ce_subject', entry.refundId);
  const time = header('ce_time', entry.occurredAt);
  const trace = entry.traceparent === null ? null : header('traceparent', entry.traceparent);
  const headers = (source: RecordHeader, { type, schema }: TypeHeaders): RecordHeader[] => {
    const list = [CONTENT_TYPE, SPECVERSION, id, source, type, subject, time, schema];
    if (trace !== null) list.push(trace);
    return list;
  };
  const messages: OutgoingRecord[] = [];
  if (entry.result !== null) {
    invariant(entry.resultType !== null, 'a stored result has a type');
    messages.push({
      topic: topics.results,
      key: Buffer.from(entry.paymentId),
      value: Buffer.from(entry.result),
      headers: headers(RESULT_SOURCE, RESULTS[entry.resultType]),
    });
  }
  if (entry.status !== null) {
    messages.push({
      topic: topics.status,
      key: Buffer.from(entry.refundId),
      value: Buffer.from(entry.status),
      headers: headers(STATUS_SOURCE, STATUS),
    });
  }
  return messages;
}
