import { createHash } from 'node:crypto';
import { Decimal } from 'decimal.js';
import type { AcceptRow, DeadLetterRow, IntakeStore } from '#libs/store';
import { acceptBatch, acceptRow } from '#libs/store/testing';
import type { Random } from './random.ts';

interface Wish {
  readonly refundId: string;
  readonly paymentId: string;
  readonly asked: string | null;
  readonly expected: string | null;
}

export interface Traffic {
  /** Captured amounts. */
  readonly payments: ReadonlyMap<string, Decimal>;
  readonly wishes: readonly Wish[];
  /** Payments on which everything fits. */
  readonly roomy: ReadonlySet<string>;
  /** Per partition: a wish, repeated now and then, and now and then with another content under the same id, always after the first. */
  readonly partitions: readonly (readonly (Wish & { readonly isConflict: boolean })[])[];
}

/** How many payments of each kind, and how many refunds each crowded one has. */
export interface TrafficSize {
  readonly crowded: number;
  readonly each: number;
  readonly roomy: number;
}

const CAPTURED = new Decimal(100);
/** Together they ask for about twice of what a crowded payment has. */
const CROWD_CENTS = 39_000;

export function planTraffic(
  random: Random,
  { crowded, each, roomy }: TrafficSize = { crowded: 40, each: 26, roomy: 20 },
): Traffic {
  const payments = new Map<string, Decimal>();
  const wishes: Wish[] = [];
  const wish = (paymentId: string, asked: string | null, expected: string | null = null): void => {
    wishes.push({ refundId: `rf_${String(wishes.length)}`, paymentId, asked, expected });
  };
  const cents = (max: number): string => new Decimal(random.int(1, max)).div(100).toFixed(2);
  // The last ones cannot fit.
  const most = Math.floor(CROWD_CENTS / each);
  for (let no = 0; no < crowded; no += 1) {
    const paymentId = `crowded_${String(no)}`;
    payments.set(paymentId, CAPTURED);
    for (let n = 0; n < each; n += 1) wish(paymentId, random.chance(0.03) ? null : cents(most));
  }
  for (let no = 0; no < roomy; no += 1) {
    const paymentId = `roomy_${String(no)}`;
    payments.set(paymentId, CAPTURED);
    if (random.chance(0.3)) wish(paymentId, null, '100');
    else for (let n = 0; n < 10; n += 1) wish(paymentId, n === 0 ? '10' : cents(1000));
  }
  const partitions = [0, 1, 2].map((partition) =>
    repeated(random.shuffled(wishes.filter((_, index) => index % 3 === partition)), random),
  );
  const roomyIds = new Set([...payments.keys()].filter((paymentId) => paymentId.startsWith('roomy')));
  return { payments, wishes, roomy: roomyIds, partitions };
}

function repeated(wishes: readonly Wish[], random: Random): (Wish & { isConflict: boolean })[] {
  const records: (Wish & { isConflict: boolean })[] = [];
  for (const [index, wish] of wishes.entries()) {
    records.push({ ...wish, isConflict: false });
    const earlier = wishes[random.int(0, index)] ?? wish;
    if (random.chance(0.15)) records.push({ ...earlier, isConflict: false });
    if (random.chance(0.04)) records.push({ ...earlier, asked: '99999', isConflict: true });
  }
  return records;
}

/** Takes one partition in, as intake does; some batches are given to two stores at once, the other in reverse order. */
export async function takePartition(
  stores: readonly [IntakeStore, IntakeStore],
  partition: number,
  records: Traffic['partitions'][number],
  random: Random,
): Promise<void> {
  let from = 0;
  while (from < records.length) {
    const next = from + lengthOf(records.slice(from, from + random.int(1, 60)));
    const part = records.slice(from, next).map((record, index) => rowOf(record, partition, from + index));
    const taken = [takeBatch(stores[0], partition, from, next, part)];
    if (random.chance(0.4)) taken.push(takeBatch(stores[1], partition, from, next, part.toReversed()));
    await Promise.all(taken);
    from = next;
  }
}

/** As far as no id comes with two contents: which of the two is known already is for the store to say. */
function lengthOf(records: Traffic['partitions'][number]): number {
  const seen = new Map<string, boolean>();
  const end = records.findIndex(({ refundId, isConflict }) => {
    const known = seen.get(refundId) ?? isConflict;
    seen.set(refundId, known);
    return known !== isConflict;
  });
  return end < 0 ? records.length : end;
}

async function takeBatch(
  store: IntakeStore,
  partition: number,
  from: number,
  next: number,
  records: readonly AcceptRow[],
): Promise<void> {
  let pending = [...new Map(records.map((row) => [row.refundId, row])).values()];
  let deadLetters: DeadLetterRow[] = [];
  for (;;) {
    const batch = acceptBatch(pending, { partition, from, next, deadLetters });
    const answer = await store.accept(batch).catch(retryable);
    if (answer === null) continue;
    if (answer.stale || answer.moved) return;
    const of = (wanted: string): AcceptRow[] =>
      answer.verdicts
        .filter(({ verdict }) => verdict === wanted)
        .flatMap(({ index }) => pending[index] ?? []);
    deadLetters = of('conflict').map(deadLetterOf);
    pending = of('again');
  }
}

/** A deadlock or a connection that was cut: the batch comes again, as from the bus. */
function retryable(error: unknown): null {
  const { code, message } = error as { code?: string; message?: string };
  if (['40P01', '55P03', '57P01', 'ECONNRESET'].includes(code ?? '') || /connection/i.test(message ?? ''))
    return null;
  throw error;
}

function rowOf(wish: Wish & { isConflict: boolean }, partition: number, offset: number): AcceptRow {
  const { refundId, paymentId, asked, expected } = wish;
  const origin = {
    cluster: 'c1',
    topic: 'refunds.requested.v1',
    partition,
    offset,
    recordAtMs: 1_700_000_000_000,
  };
  const fingerprint = createHash('sha256')
    .update(`${refundId} ${paymentId} ${String(asked)}`)
    .digest();
  return acceptRow(refundId, { paymentId, asked, expected, origin, fingerprint, occurredAtMs: Date.now() });
}

function deadLetterOf({ origin }: AcceptRow): DeadLetterRow {
  const what = { code: 'CONFLICTING_DUPLICATE', message: 'other content', key: null };
  return { origin, ...what, value: Buffer.from('{}'), headers: Buffer.from('[]') };
}
