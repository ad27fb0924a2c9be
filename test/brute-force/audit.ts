import { createHash } from 'node:crypto';
import { Decimal } from 'decimal.js';
import type { Client } from 'pg';
import { mayChange, visibleState, type RefundState } from '#libs/refund';
import type { Published } from './published.ts';
import type { Traffic } from './traffic.ts';

/** A refund as it is stored. */
export interface RefundRow {
  refund_id: string;
  payment_id: string;
  ordinal: number;
  state: RefundState;
  asked: string | null;
  amount: string | null;
  sequence: number;
  hash: Buffer;
  attempt_no: number;
  attempts: number;
  provider_refund_id: string | null;
  handle: string | null;
}

interface EntryRow {
  refund_id: string;
  sequence: number;
  status: string;
  digest: Buffer;
  hash: Buffer;
}

/** Every refund there is. */
export async function readRefunds(client: Client): Promise<readonly RefundRow[]> {
  const { rows } = await client.query<RefundRow>(
    `select r.refund_id, p.payment_id, r.ordinal, r.state, r.asked::text, r.amount::text, r.sequence, r.hash, r.attempt_no,
       r.provider_refund_id, r.handle,
       (select count(*)::int from refundry.attempt a where a.payment_no = r.payment_no and a.ordinal = r.ordinal) as attempts
     from refundry.refund r join refundry.payment p using (payment_no)`,
  );
  return rows;
}

/** What is wrong with the books whatever the provider; empty when they are in order. `refunded`: the bank's total of a payment. */
export async function auditBooks(
  client: Client,
  refunds: readonly RefundRow[],
  traffic: Traffic,
  published: Published,
  refunded: (paymentId: string) => Decimal,
): Promise<readonly string[]> {
  const { rows: entries } = await client.query<EntryRow>(
    'select refund_id, sequence, status, digest, hash from refundry.journal order by refund_id, sequence',
  );
  return [
    ...lost(refunds, traffic),
    ...(await wrongSums(client, refunded)),
    ...brokenJournals(refunds, entries),
    ...unpublished(entries, published),
    ...(await deadLetters(client, traffic)),
  ];
}

/** Nothing is lost, nothing twice, and the first content of an id counts. */
function lost(refunds: readonly RefundRow[], { wishes }: Traffic): string[] {
  const stored = new Map(refunds.map((row) => [row.refund_id, row]));
  const wrong = wishes.flatMap((wish) => {
    const row = stored.get(wish.refundId);
    if (row === undefined) return [`${wish.refundId} is lost`];
    const isSame = row.payment_id === wish.paymentId && amountsEqual(row.asked, wish.asked);
    return isSame ? [] : [`${wish.refundId} has another content`];
  });
  return refunds.length === wishes.length
    ? wrong
    : [...wrong, `${String(refunds.length)} refunds, not ${String(wishes.length)}`];
}

export function amountsEqual(one: string | null, other: string | null): boolean {
  return one === null || other === null ? one === other : new Decimal(one).eq(other);
}

async function wrongSums(client: Client, refunded: (paymentId: string) => Decimal): Promise<string[]> {
  const { rows } = await client.query<{
    payment_id: string;
    completed: string;
    refunds: string;
    last_ordinal: number;
    ordinals: number;
  }>(
    `select p.payment_id, p.completed::text, coalesce(sum(r.amount) filter (where r.state = 'completed'), 0)::text as refunds,
       p.last_ordinal, count(r.*)::int as ordinals
     from refundry.payment p join refundry.refund r using (payment_no) group by p.payment_no`,
  );
  return rows.flatMap((row) => {
    const there = refunded(row.payment_id);
    const areEqual = there.eq(row.completed) && there.eq(row.refunds);
    return [
      ...(areEqual
        ? []
        : [
            `${row.payment_id}: ${row.completed} completed, ${row.refunds} in refunds, ${there.toFixed()} at the bank`,
          ]),
      ...(row.last_ordinal === row.ordinals ? [] : [`${row.payment_id}: ordinals have gaps`]),
    ];
  });
}

function brokenJournals(refunds: readonly RefundRow[], entries: readonly EntryRow[]): string[] {
  const byRefund = Map.groupBy(entries, (entry) => entry.refund_id);
  return refunds.flatMap((row) => {
    const own = byRefund.get(row.refund_id) ?? [];
    const wrong: string[] = [];
    if (own.some(({ sequence }, index) => sequence !== index + 1) || own.length !== row.sequence)
      wrong.push('has gaps');
    let chain = Buffer.alloc(0);
    let before: RefundState = 'requested';
    own.forEach((entry, index) => {
      chain = createHash('sha256')
        .update(Buffer.concat([chain, entry.digest]))
        .digest();
      if (!chain.equals(entry.hash)) wrong.push(`breaks its chain at ${String(entry.sequence)}`);
      const { state } = JSON.parse(entry.status) as { state: RefundState };
      if (index > 0 && !follows(before, state)) wrong.push(`goes from ${before} to ${state}`);
      before = state;
    });
    if (!chain.equals(row.hash)) wrong.push('ends in another hash than the refund has');
    if (before !== visibleState(row.state)) wrong.push(`ends in ${before}, the refund is ${row.state}`);
    return wrong.map((text) => `the journal of ${row.refund_id} ${text}`);
  });
}

/** What a caller sees leaves `submitting` out. */
function follows(from: RefundState, to: RefundState): boolean {
  return from === 'requested' ? mayChange('submitting', to) || mayChange(from, to) : mayChange(from, to);
}

function unpublished(entries: readonly EntryRow[], { sequences, disorder }: Published): string[] {
  const missing = entries.filter(
    (entry) => sequences.get(entry.refund_id)?.includes(entry.sequence) !== true,
  );
  return [
    ...disorder.map((text) => `published out of order: ${text}`),
    ...missing.map((entry) => `never published: ${entry.refund_id}.${String(entry.sequence)}`),
  ];
}

/** Every content that conflicts is kept, at least from one of its records, and nothing else is. */
async function deadLetters(client: Client, { partitions }: Traffic): Promise<string[]> {
  const { rows } = await client.query<{ place: string }>(
    `select partition || '/' || record_offset as place from refundry.dead_letter`,
  );
  const kept = new Set(rows.map(({ place }) => place));
  const conflicts = partitions.flatMap((records, partition) =>
    records.flatMap(({ refundId, isConflict }, offset) =>
      isConflict ? [{ refundId, place: `${String(partition)}/${String(offset)}` }] : [],
    ),
  );
  const places = new Set(conflicts.map(({ place }) => place));
  const keptIds = new Set(conflicts.filter(({ place }) => kept.has(place)).map(({ refundId }) => refundId));
  return [
    ...conflicts
      .filter(({ refundId }) => !keptIds.has(refundId))
      .map(({ refundId }) => `the conflict of ${refundId} is lost`),
    ...[...kept].filter((place) => !places.has(place)).map((place) => `${place} is a dead letter`),
  ];
}
