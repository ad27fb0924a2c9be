import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { coreOf } from '#libs/contracts';
import type { Database } from './database.ts';
import { SHARDS } from './shards.ts';
import type { Statement } from './statement.ts';
import { ERASE_ENTRIES, ERASE_LOCK, ERASE_READ, ERASE_REFUND, ERASE_TEXTS } from './statements/erase.ts';
import { inTransaction } from './transaction.ts';

/** Who erased the free text of a refund, when and why. */
export interface Erasure {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
}

export type EraseAnswer =
  | { readonly kind: 'unknown' }
  /** It has not ended: its later events carry the text too. */
  | { readonly kind: 'open'; readonly state: string }
  | { readonly kind: 'already'; readonly erasure: Erasure }
  | { readonly kind: 'erased'; readonly entries: number };

/** Refunds whose events hold no more free text than they have now, but for a reversal, which is written without. */
const ENDED: readonly string[] = ['completed', 'failed', 'reversed'];

/** Erases free text, all of it in one commit or nothing. */
export class ErasureStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('path', 1);
  }

  async erase(
    refundId: string,
    person: { readonly by: string; readonly reason: string },
  ): Promise<EraseAnswer> {
    return await inTransaction(
      this.pool,
      async (client) => await erase(client, refundId, person),
      ({ kind }) => kind === 'erased',
    );
  }
}

async function erase(
  client: PoolClient,
  refundId: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<EraseAnswer> {
  const [place] = await ask<{ payment_no: string; ordinal: number }>(client, ERASE_LOCK, [refundId]);
  if (place === undefined) return { kind: 'unknown' };
  const at = [place.payment_no, place.ordinal];
  const [refund] = await ask<{
    state: string;
    erased_ms: string | null;
    erased_by: string | null;
    reason: string | null;
  }>(client, ERASE_READ, at);
  if (refund === undefined) return { kind: 'unknown' };
  if (refund.erased_ms !== null) {
    const erasure = {
      atMs: Number(refund.erased_ms),
      by: refund.erased_by ?? '',
      reason: refund.reason ?? '',
    };
    return { kind: 'already', erasure };
  }
  if (!ENDED.includes(refund.state)) return { kind: 'open', state: refund.state };
  const entries = await ask<{ sequence: number; status: string; result: string | null }>(
    client,
    ERASE_ENTRIES,
    at,
  );
  await ask(client, ERASE_TEXTS, [
    ...at,
    entries.map(({ sequence }) => sequence),
    entries.map(({ status }) => coreOf(status)),
    entries.map(({ result }) => (result === null ? null : coreOf(result))),
  ]);
  await ask(client, ERASE_REFUND, [...at, refundId, by, reason, SHARDS]);
  return { kind: 'erased', entries: entries.length };
}

async function ask<Row extends QueryResultRow>(
  client: PoolClient,
  { name, text }: Statement,
  values: unknown[],
): Promise<readonly Row[]> {
  return (await client.query<Row>({ name, text, values })).rows;
}
