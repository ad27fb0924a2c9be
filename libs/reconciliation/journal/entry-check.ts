import { coreOf, digestOf, freeTextIn, withFreeText } from '#libs/contracts';
import type { ChainRow } from '#libs/store';

const RESULT_OF: Readonly<Record<string, string>> = {
  completed: 'RefundCompleted',
  failed: 'RefundFailed',
  reversed: 'RefundReversed',
};

/** What of one row is not as it was written; null when all of it is. The chain is not looked at. */
export function changeIn(row: ChainRow): string | null {
  try {
    return columnsChanged(row) ?? textChanged(row);
  } catch {
    return 'its event is no JSON';
  }
}

/** Columns that say again what the events say. */
function columnsChanged(row: ChainRow): string | null {
  const event = JSON.parse(row.status) as Readonly<Record<string, unknown>>;
  const written: readonly (readonly [string, unknown, unknown])[] = [
    ['refund id', row.refundId, event['refundId']],
    ['payment id', row.paymentId, event['paymentId']],
    ['sequence', row.sequence, event['sequence']],
    ['time', new Date(row.occurredAtMs).toISOString(), event['occurredAt']],
    ['result', row.resultType, RESULT_OF[String(event['state'])] ?? null],
    ['result', row.result === null, row.resultType === null],
    ['refund', row.refundId, row.refund?.refundId ?? row.refundId],
  ];
  const changed = written.find(([, column, said]) => column !== said);
  return changed === undefined ? null : `its ${changed[0]} is not what its event says`;
}

function textChanged({ status, result, digest, free, erased }: ChainRow): string | null {
  for (const event of result === null ? [status] : [status, result]) {
    const freeText = freeTextIn(event);
    if (withFreeText(coreOf(event), freeText) !== event) return 'its event is not written as it was';
    if (erased && freeText !== '') return 'its event holds free text, which was erased';
    if (!erased && free !== null && freeText !== free.text)
      return 'the free text of its event is not that of the request';
  }
  // Without the refund's id its free text, and so the digest, cannot be told; that the id is gone is a fault of its own.
  if (free === null || digestOf(status, result, free.digest).equals(digest)) return null;
  return 'its events do not give its digest';
}
