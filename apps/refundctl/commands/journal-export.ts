import { Option, type Command } from 'commander';
import { EXPORT_FORMATS, exportJournal, type ExportFormat, type ExportSummary } from '#libs/reconciliation';
import { JournalStore } from '#libs/store';
import { withStore } from '../database.ts';
import { moment } from '../desk/arguments.ts';
import { onInterrupt } from '../interrupt.ts';
import { showCount } from '../journal/progress.ts';
import { fileSink, terminalSink } from '../journal/sink.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface ExportCommand {
  readonly format: ExportFormat;
  readonly mode: 'live' | 'test';
  readonly from?: number;
  readonly to?: number;
  readonly output?: string;
}

export function addJournalExport(journal: Command, terminal: Terminal): void {
  journal
    .command('export')
    .addOption(
      new Option(
        '--format <format>',
        'csv: a row for each line; json: a line for each change; ledger: plain-text accounting',
      )
        .choices(EXPORT_FORMATS)
        .default('csv'),
    )
    .addOption(
      new Option('--mode <mode>', 'books of live money, or of test money; never both in one')
        .choices(['live', 'test'])
        .default('live'),
    )
    .option('--from <time>', 'what happened then or later: 2026-11-24, 2026-11-24T17:51Z', moment)
    .option('--to <time>', 'what happened before then', moment)
    .option('--output <file>', 'into a file, which appears when it is complete')
    .description('every change with time, actor and cause, and its double entry where money moved')
    .addHelpText(
      'after',
      '\nhledger and ledger-cli read and balance the format ledger: `hledger -f <file> balance`. Times are UTC.',
    )
    .action(async (options: ExportCommand) => {
      await write(terminal, options);
    });
}

async function write(terminal: Terminal, options: ExportCommand): Promise<void> {
  const config = readSettings(terminal);
  const { books } = config;
  const { format, mode, from = null, to = null, output } = options;
  const interrupt = onInterrupt();
  const sink = output === undefined ? terminalSink(terminal) : fileSink(output);
  const summary: ExportSummary = { exported: 0, leftOut: 0 };
  const progress = showCount('changes exported');
  try {
    await withStore(config, terminal, async (database) => {
      const wanted = { span: { fromMs: from, toMs: to }, mode, format, books };
      for await (const piece of exportJournal(new JournalStore(database), wanted, summary)) {
        interrupt.signal.throwIfAborted();
        await sink.write(piece);
        progress.at(summary.exported);
      }
    });
    await sink.done();
    progress.end();
    terminal.err(line(summaryText(summary, mode)));
  } catch (error) {
    progress.end();
    await sink.discard();
    if (!interrupt.signal.aborted) throw error;
    terminal.err(line('Interrupted; the export is not complete.'));
    process.exitCode = 130;
  } finally {
    interrupt.release();
  }
}

function summaryText({ exported, leftOut }: ExportSummary, mode: 'live' | 'test'): string {
  const other = mode === 'live' ? 'test' : 'live';
  const rest =
    leftOut === 0 ? '' : `; ${String(leftOut)} of ${other} money are left out (--mode ${other} has them)`;
  return `${String(exported)} changes of ${mode} money${rest}.`;
}
