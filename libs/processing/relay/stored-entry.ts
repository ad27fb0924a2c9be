import type { StoredEntry } from '#libs/contracts';
import type { RepublishRow } from '#libs/store';

/** A journal entry as the store gives it, as the contract makes messages of it. */
export function storedEntry(entry: NonNullable<RepublishRow['entry']>): StoredEntry {
  return {
    refundId: entry.refundId,
    paymentId: entry.paymentId,
    sequence: entry.sequence,
    occurredAt: new Date(entry.occurredAtMs).toISOString(),
    traceparent: entry.traceparent,
    status: entry.status,
    result: entry.result,
    resultType: entry.resultType as StoredEntry['resultType'],
    format: 1,
  };
}
