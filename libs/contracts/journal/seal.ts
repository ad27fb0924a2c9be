import { createHash, hash, type Hash } from 'node:crypto';
import { header, type OutgoingRecord } from './outgoing.ts';

/** A journal row as a seal covers it: everything of it but the events' own bytes, for which their digest stands. */
export interface SealedRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly sequence: number;
  readonly refundId: string;
  readonly paymentId: string;
  readonly occurredAtMs: number;
  readonly cause: string;
  readonly traceparent: string | null;
  readonly resultType: string | null;
  readonly format: number;
  readonly digest: Buffer;
  readonly hash: Buffer;
}

/** What a seal says. Numbers of entries are those that the journal gave its rows; rows from before they were numbered have 0. */
export interface SealFacts {
  /** From 1 without gaps. */
  readonly seal: number;
  /** Every row of these numbers, both included, is in this seal. The range begins where the one before it ended. */
  readonly firstEntry: number;
  readonly lastEntry: number;
  readonly entries: number;
  /** Refunds whose first entry is among them. */
  readonly refunds: number;
  readonly root: Buffer;
  /** Hash of the seal before it; 32 zero bytes for the first. */
  readonly previous: Buffer;
  readonly sealedAtMs: number;
}

export interface Seal extends SealFacts {
  readonly hash: Buffer;
}

export const FIRST_PREVIOUS = Buffer.alloc(32);

/** Count and root of rows that are handed in one by one, in the order of their numbers, then of payment, ordinal and sequence. */
export class SealRoot {
  entries = 0;
  refunds = 0;
  private readonly digest: Hash = createHash('sha256');

  add(row: SealedRow): void {
    this.entries += 1;
    if (row.sequence === 1) this.refunds += 1;
    this.digest.update(leafOf(row));
  }

  root(): Buffer {
    return this.digest.copy().digest();
  }
}

/** A JSON array keeps the fields apart whatever stands in them. */
function leafOf(row: SealedRow): Buffer {
  const text = JSON.stringify([
    row.paymentNo,
    row.ordinal,
    row.sequence,
    row.refundId,
    row.paymentId,
    row.occurredAtMs,
    row.cause,
    row.traceparent,
    row.resultType,
    row.format,
    row.digest.toString('hex'),
    row.hash.toString('hex'),
  ]);
  return hash('sha256', text, 'buffer');
}

/** 32 bytes: SHA-256 of everything that the seal says, as its event says it. */
export function hashOfSeal(facts: SealFacts): Buffer {
  return hash('sha256', factsText(facts), 'buffer');
}

function factsText(facts: SealFacts): string {
  return JSON.stringify({
    seal: facts.seal,
    firstEntry: facts.firstEntry,
    lastEntry: facts.lastEntry,
    entries: facts.entries,
    refunds: facts.refunds,
    root: facts.root.toString('hex'),
    previous: facts.previous.toString('hex'),
    sealedAt: new Date(facts.sealedAtMs).toISOString(),
  });
}

/** All seals have one key, so that they lie in one partition in their order. */
const KEY = Buffer.from('journal');

/** The JournalSealed event. A pure function of the seal: publishing it again gives the same bytes. */
export function sealMessage(seal: Seal, topic: string): OutgoingRecord {
  const value = `${factsText(seal).slice(0, -1)},"hash":"${seal.hash.toString('hex')}"}`;
  return {
    topic,
    key: KEY,
    value: Buffer.from(value),
    headers: [
      header('content-type', 'application/json'),
      header('ce_specversion', '1.0'),
      header('ce_id', `seal.${String(seal.seal)}`),
      header('ce_source', '/refundry/seals'),
      header('ce_type', 'JournalSealed'),
      header('ce_subject', 'journal'),
      header('ce_time', new Date(seal.sealedAtMs).toISOString()),
      header('ce_dataschema', 'urn:refundry:JournalSealed:1'),
    ],
  };
}
