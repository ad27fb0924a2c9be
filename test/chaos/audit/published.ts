import type { BusRecord } from '#libs/bus';
import { messagesOf, type ResultType } from '#libs/contracts';
import { headerOf } from '../topic-dump.ts';

/** One row of refundry.journal, with what the store says of its refund. */
export interface JournalEntry {
  readonly refundId: string;
  readonly paymentId: string;
  readonly sequence: number;
  readonly occurredAtMs: number;
  readonly traceparent: string | null;
  readonly status: string;
  readonly result: string | null;
  readonly resultType: ResultType | null;
}

export interface PublishedTopics {
  readonly results: readonly BusRecord[];
  readonly statuses: readonly BusRecord[];
}

const TOPICS = { results: 'results', status: 'statuses' } as const;

/**
 * Compares the topics with the journal: every row is there with the same bytes, headers and key; per refund the rows come first in the order of the
 * journal, without gaps (repetitions aside); nothing else is there; and the newest snapshot of a refund is its last row's.
 */
export function checkPublished(
  entries: readonly JournalEntry[],
  published: PublishedTopics,
): readonly string[] {
  const wanted = { results: new Map<string, string>(), statuses: new Map<string, string>() };
  const sequences = { results: new Map<string, number[]>(), statuses: new Map<string, number[]>() };
  for (const entry of entries.toSorted((a, b) => a.sequence - b.sequence)) {
    const stored = { ...entry, occurredAt: new Date(entry.occurredAtMs).toISOString(), format: 1 as const };
    for (const message of messagesOf(stored, TOPICS)) {
      const stream = message.topic === TOPICS.results ? 'results' : 'statuses';
      wanted[stream].set(`${entry.refundId}.${String(entry.sequence)}`, written(message));
      sequences[stream].set(entry.refundId, [
        ...(sequences[stream].get(entry.refundId) ?? []),
        entry.sequence,
      ]);
    }
  }
  return (['results', 'statuses'] as const).flatMap((stream) => [
    ...sameBytes(stream, wanted[stream], published[stream]),
    ...sameOrder(stream, sequences[stream], published[stream]),
  ]);
}

/** Refunds whose newest snapshot on the compacted topic is not the one the journal ends with. */
export function staleSnapshots(
  entries: readonly JournalEntry[],
  statuses: readonly BusRecord[],
): readonly string[] {
  const last = new Map<string, number>();
  for (const { refundId, sequence } of entries)
    last.set(refundId, Math.max(sequence, last.get(refundId) ?? 0));
  const newest = new Map<string, number>();
  for (const record of statuses) newest.set(record.key?.toString() ?? '', sequenceOf(record));
  return [...last].flatMap(([refundId, sequence]) =>
    newest.get(refundId) === sequence
      ? []
      : [
          `${refundId}: newest snapshot is ${String(newest.get(refundId))}, the journal ends with ${String(sequence)}`,
        ],
  );
}

function sameBytes(
  stream: string,
  wanted: ReadonlyMap<string, string>,
  records: readonly BusRecord[],
): readonly string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const record of records) {
    const id = headerOf(record, 'ce_id') ?? '';
    seen.add(id);
    const entry = wanted.get(id);
    if (entry === undefined) wrong.push(`${stream} ${id}: published, but not in the journal`);
    else if (entry !== written(record))
      wrong.push(`${stream} ${id}: published with other bytes than the journal has`);
  }
  for (const id of wanted.keys()) if (!seen.has(id)) wrong.push(`${stream} ${id}: never published`);
  return wrong;
}

/** Each sequence may come again; the first time they come as the journal has them. */
function sameOrder(
  stream: string,
  wanted: ReadonlyMap<string, readonly number[]>,
  records: readonly BusRecord[],
): readonly string[] {
  const firsts = new Map<string, number[]>();
  for (const record of records) {
    const refundId = headerOf(record, 'ce_subject') ?? '';
    const known = firsts.get(refundId) ?? [];
    const sequence = sequenceOf(record);
    if (!known.includes(sequence)) firsts.set(refundId, [...known, sequence]);
  }
  return [...firsts].flatMap(([refundId, order]) => {
    const known = wanted.get(refundId) ?? [];
    const published = order.filter((sequence) => known.includes(sequence));
    const inOrder = known.filter((sequence) => order.includes(sequence));
    return inOrder.join() === published.join()
      ? []
      : [`${stream} ${refundId}: published in the order ${order.join(' ')}`];
  });
}

function sequenceOf(record: BusRecord): number {
  const id = headerOf(record, 'ce_id') ?? '';
  return Number(id.slice(id.lastIndexOf('.') + 1));
}

function written(message: Pick<BusRecord, 'key' | 'value' | 'headers'>): string {
  const headers = message.headers.map(({ name, value }) => `${name}=${value?.toString() ?? ''}`).toSorted();
  return JSON.stringify([message.key?.toString('base64'), message.value?.toString('base64'), headers]);
}
