import type { BusHeader, BusRecord } from '#libs/bus';
import type { OutgoingRecord } from '#libs/contracts';
import type { EventFilter, SeenEvent } from '#libs/store';

const SEQUENCE_MAX = 2_147_483_647;

/** What a record's `ce_id` says; null where it is none of ours. */
export function eventId(record: BusRecord): SeenEvent | null {
  const text = record.headers.find(({ name }) => name === 'ce_id')?.value?.toString('utf8') ?? '';
  const [, refundId = '', digits = ''] = /^([A-Za-z0-9_-]{1,64})\.([1-9]\d{0,9})$/.exec(text) ?? [];
  const sequence = Number(digits);
  return refundId === '' || sequence > SEQUENCE_MAX ? null : { refundId, sequence };
}

/** Value, key and headers byte for byte. Kafka's client does not keep the order between headers of different names. */
export function sameBytes(record: BusRecord, expected: OutgoingRecord | undefined): boolean {
  return (
    expected !== undefined &&
    isEqual(record.value, expected.value) &&
    isEqual(record.key, expected.key) &&
    headersText(record.headers) === headersText(expected.headers)
  );
}

/** Whether a record is one of those that are asked for, by what it says of itself. Without a filter all are. */
export function isAbout(
  record: BusRecord,
  filter: Pick<EventFilter, 'provider' | 'account' | 'payment' | 'refund'>,
): boolean {
  const { provider, account, payment, refund } = filter;
  const wanted = { provider, account, paymentId: payment, refundId: refund };
  const asked = Object.entries(wanted).filter(([, value]) => value !== undefined);
  if (asked.length === 0) return true;
  const body = parsed(record.value);
  return asked.every(([name, value]) => body[name] === value);
}

function parsed(value: Buffer | null): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(value?.toString('utf8') ?? 'null');
    return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function isEqual(left: Buffer | null, right: Buffer | null): boolean {
  return left === null || right === null ? left === right : left.equals(right);
}

function headersText(headers: readonly BusHeader[]): string {
  return headers
    .map(({ name, value }, index) => ({ name, index, text: `${name}=${value?.toString('base64') ?? '-'}` }))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.index - b.index))
    .map(({ text }) => text)
    .join('\n');
}
