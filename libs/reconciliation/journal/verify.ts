import type { JournalStore, StoredSeal, TimeSpan } from '#libs/store';
import { ChainCheck } from './chain-check.ts';
import type { JournalFault, Report } from './fault.ts';
import { PublishedCheck, type PublishedSeal } from './published-check.ts';
import { SealCheck, type SealReads } from './seal-check.ts';

export type JournalReads = Pick<JournalStore, 'chains' | 'missingRefunds' | 'loneRefundIds' | 'countBeyond'>;

export interface VerifyOptions {
  /** Refunds that changed, and seals that were made, in this time. */
  readonly span: TimeSpan;
  /** The published seals from the first one on; null: they are not asked for. */
  readonly published: AsyncIterable<readonly PublishedSeal[]> | null;
  readonly onFault: Report;
  readonly onProgress?: (entries: number) => void;
  readonly signal?: AbortSignal;
}

export interface VerifySummary {
  readonly refunds: number;
  readonly entries: number;
  readonly seals: number;
  /** Entries that no seal covers yet: of these the end can be cut off unseen. */
  readonly unsealed: number;
  readonly publishedSeals: number | null;
  readonly faults: number;
}

/**
 * Reads the whole journal once by refund and once by seal, and reports everything that is not as it was written. Holds a page of rows at a time;
 * processors may go on meanwhile.
 */
export async function verifyJournal(
  journal: JournalReads,
  seals: SealReads,
  options: VerifyOptions,
): Promise<VerifySummary> {
  let faults = 0;
  const report = (fault: JournalFault): void => {
    faults += 1;
    options.onFault(fault);
  };
  // Taken first: what is sealed while the rows are read is not looked for among them.
  const last = await seals.lastSeal();
  const sealed = await checkSeals(seals, last, report, options);
  const chain = await checkChains(journal, report, options);
  await checkPlaces(journal, report);
  const beyond = await journal.countBeyond(last?.lastEntry ?? 0);
  if (beyond.numberless > 0)
    report({
      code: 'ENTRY_CHANGED',
      text: `${String(beyond.numberless)} entries have a number below zero, which none is given`,
    });
  const publishedSeals =
    options.published === null ? null : await checkPublished(seals, options.published, report);
  return {
    refunds: chain.refunds,
    entries: chain.entries,
    seals: sealed,
    unsealed: last === null ? beyond.entries : beyond.unsealed,
    publishedSeals,
    faults,
  };
}

async function checkSeals(
  seals: SealReads,
  last: StoredSeal | null,
  report: Report,
  { span, signal }: VerifyOptions,
): Promise<number> {
  const check = new SealCheck(seals, last?.lastEntry ?? 0, report);
  for await (const page of seals.seals())
    for (const seal of page) {
      signal?.throwIfAborted();
      if (last === null || seal.seal > last.seal) return check.seals;
      await check.add(seal, isWithin(span, seal.sealedAtMs));
    }
  return check.seals;
}

async function checkChains(
  journal: JournalReads,
  report: Report,
  { span, signal, onProgress }: VerifyOptions,
): Promise<{ readonly refunds: number; readonly entries: number }> {
  const check = new ChainCheck(report);
  let entries = 0;
  for await (const page of journal.chains(span)) {
    signal?.throwIfAborted();
    for (const row of page) check.add(row);
    entries += page.length;
    onProgress?.(entries);
  }
  check.finish();
  return { refunds: check.refunds, entries };
}

/** Refunds of which nothing, or not even a journal, is left: known by their place in the payment's order, or by their id. */
async function checkPlaces(journal: JournalReads, report: Report): Promise<void> {
  for await (const page of journal.missingRefunds())
    for (const { paymentId, ordinal, refundId } of page)
      report(
        refundId === null
          ? {
              code: 'REFUND_MISSING',
              paymentId,
              text: `refund number ${String(ordinal)} of the payment was deleted`,
            }
          : {
              code: 'ENTRY_MISSING',
              refundId,
              sequence: 1,
              paymentId,
              text: 'its whole journal was deleted',
            },
      );
  for await (const page of journal.loneRefundIds())
    for (const { refundId, paymentId } of page)
      report({
        code: 'REFUND_MISSING',
        refundId,
        paymentId,
        text: 'its request is there, the refund itself was deleted',
      });
}

async function checkPublished(
  seals: SealReads,
  published: AsyncIterable<readonly PublishedSeal[]>,
  report: Report,
): Promise<number> {
  const check = new PublishedCheck(seals, report);
  for await (const batch of published) await check.add(batch);
  await check.finish();
  return check.seals;
}

function isWithin({ fromMs, toMs }: TimeSpan, atMs: number): boolean {
  return (fromMs === null || atMs >= fromMs) && (toMs === null || atMs < toMs);
}
