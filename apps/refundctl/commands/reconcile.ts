import { InvalidArgumentError, type Command } from 'commander';
import { compare, jsonReport, type Comparison, type Filter } from '#libs/reconciliation';
import { busLog, openBus } from '../bus.ts';
import { withStore } from '../database.ts';
import { counted, moment } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { PROVIDERS } from '../providers.ts';
import { openAccounts } from '../reconcile/open-accounts.ts';
import { openStatements } from '../reconcile/open-statements.ts';
import { tellProgress } from '../reconcile/progress.ts';
import { printReport, TERMINAL_ROWS_MAX } from '../reconcile/terminal-report.ts';
import { writeReports } from '../reconcile/write-reports.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface ReconcileOptions {
  readonly from: number;
  readonly to?: number;
  readonly provider?: string;
  readonly account?: string;
  readonly statement: readonly string[];
  readonly zone?: string;
  readonly consumer?: string;
  readonly sentWithin: number;
  readonly acknowledgedWithin: number;
  readonly output?: string;
  readonly json?: boolean;
}

const MINUTE_MS = 60_000;
const PATIENCE = { triesMax: 6, waitFirstMs: 1000 };

export function addReconcile(program: Command, terminal: Terminal): void {
  program
    .command('reconcile')
    .requiredOption(
      '--from <time>',
      'refunds that changed then or later: 2026-11-24, 2026-11-24T17:51Z or Unix seconds',
      moment,
    )
    .option('--to <time>', 'and before this; now without it', moment)
    .option('--provider <name>', 'only refunds of this provider', providerName)
    .option('--account <name>', 'only this account of it')
    .option(
      '--statement <file>',
      "a provider's statement as CSV, where it has no lists; robokassa/shop=file.csv where there are several accounts",
      (file: string, before: readonly string[]) => [...before, file],
      [] as readonly string[],
    )
    .option('--zone <name>', 'the zone of the times in it: Europe/Moscow')
    .option('--consumer <name>', 'who has to acknowledge results; anybody without it')
    .option(
      '--sent-within <minutes>',
      'a request is taken in and a result is sent within this',
      counted(0),
      10,
    )
    .option('--acknowledged-within <minutes>', 'a result is acknowledged within this', counted(0), 15)
    .option('--output <dir>', 'write reconcile.json, reconcile.csv and reconcile.html there')
    .option('--json', 'answer as JSON, with every difference')
    .description(
      'compare requests on the bus, our store, the providers and the acknowledgements; no money moves',
    )
    .addHelpText(
      'after',
      `
A refund belongs to the time of its last change; all times are UTC. Providers are listed 48 hours wider on both sides. What is open, or younger than
the provider may take to show it, is in progress and no difference.

Exit code: 0 no differences, 1 something could not be compared, 2 differences.`,
    )
    .action(async (options: ReconcileOptions) => {
      await reconcile(terminal, options);
    });
}

async function reconcile(terminal: Terminal, options: ReconcileOptions): Promise<void> {
  const filter = filterOf(options);
  const config = readSettings(terminal);
  const interrupt = onInterrupt();
  const open = openAccounts(config, filter);
  try {
    const bus = await openBus(config, busLog(terminal));
    try {
      await withStore(config, terminal, async (database) => {
        const asOfMs = Date.now();
        const comparison = await compare(
          {
            database,
            bus: bus.bus,
            topics: config.topics,
            groupId: config.groupId,
            accounts: open.accounts,
            statements: await openStatements(options.statement, options.zone ?? null, open.accounts),
            consumer: options.consumer ?? null,
          },
          {
            window: { fromMs: options.from, toMs: options.to ?? asOfMs },
            filter,
            asOfMs,
            busDelayMs: options.sentWithin * MINUTE_MS,
            acknowledgeMs: options.acknowledgedWithin * MINUTE_MS,
          },
          {
            progress: tellProgress(terminal),
            patience: {
              ...PATIENCE,
              signal: interrupt.signal,
              onWait: (why, waitMs) => {
                terminal.err(line(`${why}: asked again in ${String(Math.ceil(waitMs / 1000))} s`));
              },
            },
          },
        );
        try {
          await report(terminal, options, comparison);
        } finally {
          comparison.close();
        }
      });
    } finally {
      await bus.close();
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.err(line('Interrupted; nothing was changed.'));
    process.exitCode = 130;
  } finally {
    open.close();
    interrupt.release();
  }
}

async function report(terminal: Terminal, options: ReconcileOptions, comparison: Comparison): Promise<void> {
  const { summary, differences } = comparison;
  if (options.json === true)
    for await (const piece of jsonReport(summary, differences(null))) terminal.out(piece);
  else await printReport(terminal, summary, differences(TERMINAL_ROWS_MAX));
  if (options.output !== undefined)
    for (const file of await writeReports(comparison, options.output)) terminal.err(line(`written: ${file}`));
  conclude(comparison);
}

function conclude({ summary }: Comparison): void {
  const { notCompared, differences } = summary;
  if (notCompared.length > 0)
    throw new CommandFailure('NOT_ALL_COMPARED', {
      happened: `${String(notCompared.length)} accounts could not be compared, ${String(differences)} differences were found elsewhere`,
      notDone: 'what those accounts show is not known; nothing was changed',
      next: 'cure what is said of each above, then run it again',
    });
  if (differences > 0)
    throw new CommandFailure(
      'DIFFERENCES_FOUND',
      {
        happened: `${String(differences)} differences were found`,
        notDone: 'nothing was repaired',
        next: 'docs/RECONCILIATION.md says what to do about each class; --output <dir> writes all of them',
      },
      2,
    );
}

function filterOf({ provider, account, from, to }: ReconcileOptions): Filter {
  if (account !== undefined && provider === undefined)
    throw wrong('an account is named together with its provider');
  if (to !== undefined && to <= from) throw wrong('--to is not after --from');
  return { provider: provider ?? null, account: account ?? null };
}

function wrong(happened: string): CommandFailure {
  return new CommandFailure(
    'QUESTION_NOT_ACCEPTABLE',
    { happened, notDone: 'nothing was compared', next: '`refundctl reconcile --help`' },
    2,
  );
}

function providerName(text: string): string {
  if (PROVIDERS.has(text)) return text;
  throw new InvalidArgumentError(`One of ${[...PROVIDERS.keys()].join(', ')}.`);
}
