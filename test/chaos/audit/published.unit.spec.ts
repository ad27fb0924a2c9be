import { messagesOf } from '#libs/contracts';
import type { BusRecord } from '#libs/bus';
import { checkPublished, staleSnapshots, type JournalEntry, type PublishedTopics } from './published.ts';

const entry = (refundId: string, sequence: number, isLast: boolean): JournalEntry => ({
  refundId,
  paymentId: 'pay_1',
  sequence,
  occurredAtMs: 1_700_000_000_000 + sequence,
  traceparent: null,
  status: JSON.stringify({ refundId, sequence }),
  result: isLast ? JSON.stringify({ refundId, sequence, result: true }) : null,
  resultType: isLast ? 'RefundCompleted' : null,
});
const JOURNAL = [entry('a', 1, false), entry('a', 2, false), entry('a', 3, true), entry('b', 1, false)];

/** Publishes rows of the journal by their place in it. */
function published(places: readonly number[]): PublishedTopics {
  const records = { results: [] as BusRecord[], statuses: [] as BusRecord[] };
  for (const place of places) {
    const row = JOURNAL[place];
    if (row === undefined) throw new Error('no such row');
    const stored = { ...row, occurredAt: new Date(row.occurredAtMs).toISOString(), format: 1 as const };
    for (const { topic, key, value, headers } of messagesOf(stored, {
      results: 'results',
      status: 'statuses',
    })) {
      const stream = topic === 'results' ? records.results : records.statuses;
      stream.push({ offset: stream.length, timestampMs: 0, key, value, headers });
    }
  }
  return records;
}

describe('what was published', () => {
  it.each([
    ['in order', [0, 1, 2, 3]],
    ['in order, some of it again', [0, 1, 0, 1, 2, 3, 2]],
  ])('%s › is what the journal has', (_, places) => {
    expect(checkPublished(JOURNAL, published(places))).toEqual([]);
  });

  it('with a gap › is told', () => {
    expect(checkPublished(JOURNAL, published([0, 2, 3]))).toEqual(['statuses a.2: never published']);
  });

  it('in another order › is told', () => {
    expect(checkPublished(JOURNAL, published([1, 0, 2, 3]))).toEqual([
      'statuses a: published in the order 2 1 3',
    ]);
  });

  it('and is not in the journal, or with other bytes › is told', () => {
    const { results, statuses } = published([0, 1, 2, 3]);
    const changed = statuses.map((record, at) =>
      at === 1 ? { ...record, value: Buffer.from('{}') } : record,
    );
    expect(checkPublished(JOURNAL, { results, statuses: changed })).toEqual([
      'statuses a.2: published with other bytes than the journal has',
    ]);
    expect(checkPublished(JOURNAL.slice(0, 3), { results, statuses })).toEqual([
      'statuses b.1: published, but not in the journal',
    ]);
  });

  it('last of a refund and is not its newest snapshot › is told', () => {
    expect(staleSnapshots(JOURNAL, published([0, 1, 2, 3]).statuses)).toEqual([]);
    expect(staleSnapshots(JOURNAL, published([0, 1, 2, 1, 3]).statuses)).toEqual([
      'a: newest snapshot is 2, the journal ends with 3',
    ]);
  });
});
