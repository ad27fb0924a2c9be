import type { Bus, BusRecord } from '#libs/bus';
import { RESULT_TYPES } from '#libs/contracts';
import type { Columns } from '#libs/store';
import type { Progress } from './account.ts';
import { rangeOf, recordsIn } from './bus-range.ts';
import type { Workbench } from './workbench.ts';

/** A result by its `ce_id`, `<refundId>.<sequence>`. */
interface ResultRow {
  readonly refundId: string;
  readonly sequence: number;
}

const COLUMNS: Columns<ResultRow> = [
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'sequence', type: 'int4', of: (row) => row.sequence },
];

/** What one of the two topics shows. `fromMs`: since when it is whole; null: it cannot be compared at all. */
export interface Shown {
  readonly fromMs: number | null;
  readonly notes: readonly string[];
}

/** Everything on the results topic since the window began; null when there is no such topic. A result may be published long after its refund ended, so it is read to its end. */
export async function loadPublished(
  bench: Workbench,
  bus: Bus,
  topic: string,
  fromMs: number,
  run: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<Shown | null> {
  const shown = await load(
    bench,
    bus,
    { topic, table: 'published', stage: 'results', fromMs },
    run,
    (record) =>
      RESULT_TYPES.some((type) => type === headerOf(record, 'ce_type'))
        ? resultId(headerOf(record, 'ce_id'))
        : null,
  );
  return shown;
}

/** What consumers say they have. `consumer`: who has to say so; null: anybody. */
export async function loadAcknowledged(
  bench: Workbench,
  bus: Bus,
  topic: string,
  fromMs: number,
  consumer: string | null,
  run: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<Shown> {
  const shown = await load(
    bench,
    bus,
    { topic, table: 'acknowledged', stage: 'acknowledgements', fromMs },
    run,
    (record) => {
      const id = headerOf(record, 'ce_id') ?? '';
      const source = headerOf(record, 'ce_source') ?? '';
      const by = source.slice(source.lastIndexOf('/') + 1);
      const isAsked = consumer === null || by === consumer;
      return isAsked && id.startsWith(`${by}.`) ? resultId(id.slice(by.length + 1)) : null;
    },
  );
  if (shown === null || !shown.hasEver)
    return {
      fromMs: null,
      notes: [`Nobody has ever acknowledged a result on ${topic}: acknowledgements were not compared.`],
    };
  return shown;
}

/** Null: there is no such topic. */
async function load(
  bench: Workbench,
  bus: Bus,
  from: {
    readonly topic: string;
    readonly table: 'published' | 'acknowledged';
    readonly stage: string;
    readonly fromMs: number;
  },
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
  idOf: (record: BusRecord) => ResultRow | null,
): Promise<(Shown & { readonly hasEver: boolean }) | null> {
  const { topic, table, stage, fromMs } = from;
  const range = await rangeOf(bus, topic, fromMs, null);
  if (range === null) return null;
  const loader = bench.loader(table, COLUMNS, 'i.refund_id, i.sequence');
  const total = recordsIn(range);
  let done = 0;
  let earliestMs = fromMs;
  for await (const batch of bus.scan(topic, range.ranges, signal)) {
    const first = range.ranges.find(({ partition }) => partition === batch.partition)?.from;
    const [record] = batch.records;
    if (range.isCut && batch.from === first && record !== undefined)
      earliestMs = Math.max(earliestMs, record.timestampMs);
    for (const one of batch.records) {
      const id = idOf(one);
      if (id !== null) await loader.add(id);
    }
    done += batch.records.length;
    progress(stage, done, total);
  }
  await loader.flush();
  await bench.execute(`analyze ${table}`);
  const cut = `Retention has removed records of the window from ${topic}: compared since ${new Date(earliestMs).toISOString()} only.`;
  return {
    fromMs: earliestMs,
    notes: range.isCut ? [cut] : [],
    hasEver: range.ranges.some(({ to }) => to > 0),
  };
}

function headerOf({ headers }: BusRecord, name: string): string | null {
  return headers.find((header) => header.name === name)?.value?.toString('utf8') ?? null;
}

function resultId(id: string | null): ResultRow | null {
  const match = /^([A-Za-z0-9_-]{1,64})\.([1-9]\d{0,8})$/.exec(id ?? '');
  return match === null ? null : { refundId: match[1] ?? '', sequence: Number(match[2]) };
}
