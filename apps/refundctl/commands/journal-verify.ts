import type { Command } from 'commander';
import type { Bus } from '#libs/bus';
import type { Config } from '#libs/config';
import {
  publishedSeal,
  verifyJournal,
  type JournalFault,
  type PublishedSeal,
  type VerifySummary,
} from '#libs/reconciliation';
import { JournalStore, SealStore, type Database } from '#libs/store';
import { busLog, openBus } from '../bus.ts';
import { withStore } from '../database.ts';
import { moment } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { showCount } from '../journal/progress.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface VerifyCommand {
  readonly from?: number;
  readonly to?: number;
  readonly sealsFromBus?: boolean;
  readonly json?: boolean;
}

export function addJournalVerify(journal: Command, terminal: Terminal): void {
  journal
    .command('verify')
    .option(
      '--from <time>',
      'refunds that changed, and seals made, then or later: 2026-11-24, 2026-11-24T17:51Z',
      moment,
    )
    .option('--to <time>', 'refunds asked for, and seals made, before then', moment)
    .option('--seals-from-bus', 'compare the seals with those that were published')
    .option('--json', 'answer as JSON: a line for each fault, then one with the counts')
    .description('recompute every digest, hash and seal, and name what is not as it was written')
    .addHelpText(
      'after',
      `
Reads everything a page at a time; processors may go on meanwhile. Finds rows that were changed, added or deleted, refunds that were deleted,
and seals that were. Who can write to the database could cut off the end together with its seals: only --seals-from-bus finds that.

Exit code: 0 everything is as it was written, 1 it could not run, 2 something is not.`,
    )
    .action(async (options: VerifyCommand) => {
      await verify(terminal, options);
    });
}

async function verify(terminal: Terminal, options: VerifyCommand): Promise<void> {
  const config = readSettings(terminal);
  const interrupt = onInterrupt();
  try {
    const summary = await withStore(
      config,
      terminal,
      async (database) => await read(terminal, config, database, options, interrupt.signal),
    );
    terminal.out(options.json === true ? line(JSON.stringify(summary)) : summaryText(summary));
    if (summary.faults > 0) throw faulty(summary);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.err(line('Interrupted; what was not read was not checked.'));
    process.exitCode = 130;
  } finally {
    interrupt.release();
  }
}

async function read(
  terminal: Terminal,
  config: Config,
  database: Database,
  options: VerifyCommand,
  signal: AbortSignal,
): Promise<VerifySummary> {
  const open = options.sealsFromBus === true ? await openBus(config, busLog(terminal)) : null;
  const progress = showCount('entries checked');
  try {
    return await verifyJournal(new JournalStore(database), new SealStore(database), {
      span: { fromMs: options.from ?? null, toMs: options.to ?? null },
      published: open === null ? null : publishedSeals(open.bus, config.topics.seals, signal),
      onFault: (fault) => {
        terminal.out(line(options.json === true ? JSON.stringify(fault) : faultText(fault)));
      },
      onProgress: progress.at,
      signal,
    });
  } finally {
    progress.end();
    await open?.close();
  }
}

/** Everything on the topic of the seals, partition by partition; there is one, unless somebody made more. */
async function* publishedSeals(
  bus: Bus,
  topic: string,
  signal: AbortSignal,
): AsyncGenerator<readonly PublishedSeal[]> {
  const admin = await bus.admin();
  const partitions = await admin.offsets(topic);
  await admin.close();
  for (const { partition, low, high } of partitions)
    for await (const batch of bus.scan(topic, [{ partition, from: low, to: high }], signal)) {
      const seals = batch.records.flatMap(({ value }) => publishedSeal(value) ?? []);
      if (seals.length > 0) yield seals;
    }
}

function faultText({ code, refundId, sequence, paymentId, seal, text }: JournalFault): string {
  const where = [
    refundId === undefined ? null : `refund ${refundId}`,
    sequence === undefined ? null : `entry ${String(sequence)}`,
    refundId === undefined && paymentId !== undefined ? `payment ${paymentId}` : null,
    seal === undefined ? null : `seal ${String(seal)}`,
  ].filter((part) => part !== null);
  return `${code}  ${where.length === 0 ? 'journal' : where.join(', ')}: ${text}`;
}

function summaryText(summary: VerifySummary): string {
  const { refunds, entries, seals, unsealed, publishedSeals: published } = summary;
  const bus =
    published === null
      ? 'not compared with the published ones (--seals-from-bus)'
      : `compared with ${String(published)} published ones`;
  const open =
    unsealed === 0
      ? ''
      : `${String(unsealed)} entries are not sealed yet: a running processor seals them within seconds.\n`;
  return `${String(refunds)} refunds with ${String(entries)} entries, ${String(seals)} seals, ${bus}: ${faultsText(summary)}.\n${open}`;
}

function faultsText({ faults }: VerifySummary): string {
  if (faults === 0) return 'everything is as it was written';
  return faults === 1 ? '1 fault' : `${String(faults)} faults`;
}

function faulty(summary: VerifySummary): CommandFailure {
  return new CommandFailure(
    'JOURNAL_FAULTY',
    {
      happened: `the journal is not as it was written: ${faultsText(summary)}`,
      notDone: 'nothing was repaired',
      next: 'docs/ERRORS.md says what each code means; keep the database as it is, and compare with the published events',
    },
    2,
  );
}
