import type { BusRecord } from '#libs/bus';
import { encodeHeaders } from '#libs/contracts';
import type { DeadLetterRow, Origin } from '#libs/store';

/** Said behind the reason where the value was left out. */
const WITHHELD = 'its value held what looks like a card number and was not kept';

/** A message that cannot be handled, kept byte for byte with its reason; without its value where that was read and holds a card number. */
export function deadLetterRow(
  origin: Origin,
  record: BusRecord,
  reason: { readonly code: string; readonly message: string },
  holdsCard = false,
): DeadLetterRow {
  const { code } = reason;
  return {
    origin,
    code,
    message: holdsCard ? `${reason.message}; ${WITHHELD}` : reason.message,
    key: record.key,
    value: holdsCard ? null : record.value,
    headers: encodeHeaders(record.headers),
  };
}
