import type { Bus, BusRecord } from '#libs/bus';
import { readRequest } from '#libs/contracts';
import type { Columns } from '#libs/store';
import type { Progress } from './account.ts';
import { rangeOf, recordsIn } from './bus-range.ts';
import type { Window } from './window.ts';
import type { Loader, Workbench } from './workbench.ts';

interface RequestRow {
  readonly partition: number;
  readonly offset: number;
  readonly recordAtMs: number;
  readonly refundId: string | null;
  readonly provider: string | null;
  readonly account: string | null;
  readonly paymentId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly fingerprint: Buffer | null;
  /** Why it is no request: it has to be a dead letter. */
  readonly fault: string | null;
}

const COLUMNS: Columns<RequestRow> = [
  { name: 'partition', type: 'int4', of: (row) => row.partition },
  { name: 'record_offset', type: 'int8', of: (row) => row.offset },
  { name: 'record_ms', type: 'int8', of: (row) => row.recordAtMs },
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'provider', type: 'text', of: (row) => row.provider },
  { name: 'account', type: 'text', of: (row) => row.account },
  { name: 'payment_id', type: 'text', of: (row) => row.paymentId },
  { name: 'amount', type: 'text', of: (row) => row.amount },
  { name: 'currency', type: 'text', of: (row) => row.currency },
  { name: 'fingerprint', type: 'bytea', of: (row) => row.fingerprint },
  { name: 'fault', type: 'text', of: (row) => row.fault },
];

/** Senders set the times of records, so a record may lie behind one that is this much younger. Larger: more is read that is not of the window. */
const DISORDER_MS = 600_000;

/** Every request on the bus in the window, read as intake reads it. Answers what a reader of the report must know; null when there is no such topic. */
export async function loadRequests(
  bench: Workbench,
  bus: Bus,
  topic: string,
  window: Window,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<readonly string[] | null> {
  const range = await rangeOf(bus, topic, window.fromMs, window.toMs + DISORDER_MS);
  if (range === null) return null;
  for (const { partition, low } of range.lows)
    await bench.execute('insert into scanned values ($1::int, $2::bigint)', [partition, low]);
  const loader: Loader<RequestRow> = bench.loader(
    'request',
    COLUMNS,
    `i.partition, i.record_offset, to_timestamp(i.record_ms / 1000.0), i.refund_id, i.provider, i.account, i.payment_id, i.amount, i.currency,
     i.fingerprint, i.fault`,
  );
  const total = recordsIn(range);
  let done = 0;
  for await (const { partition, records } of bus.scan(topic, range.ranges, signal)) {
    for (const record of records) await loader.add(rowOf(partition, record));
    done += records.length;
    progress('requests on the bus', done, total);
  }
  await loader.flush();
  await bench.execute('analyze request');
  return range.isCut
    ? [`Retention has removed requests of the window from ${topic}: those were not compared.`]
    : [];
}

function rowOf(partition: number, record: BusRecord): RequestRow {
  const incoming = readRequest(record);
  const place = { partition, offset: record.offset, recordAtMs: record.timestampMs };
  if (incoming.kind === 'deadLetter')
    return {
      ...place,
      refundId: null,
      provider: null,
      account: null,
      paymentId: null,
      amount: null,
      currency: null,
      fingerprint: null,
      fault: incoming.code,
    };
  const { refundId, provider, account, paymentId, amount, currency, fingerprint } = incoming.request;
  return { ...place, refundId, provider, account, paymentId, amount, currency, fingerprint, fault: null };
}
