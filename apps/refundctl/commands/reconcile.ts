import { InvalidArgumentError, type Command } from 'commander';
import {
  compare,
  heal,
  HEALS,
  jsonReport,
  type Comparison,
  type Filter,
  type Heal,
  type Healed,
  type Sides,
  type Summary,
} from '#libs/reconciliation';
import { HealStore } from '#libs/store';
import { busLog, openBus } from '../bus.ts';
import { withStore } from '../database.ts';
import { counted, moment } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { audited, operator, type Done } from '../operation.ts';
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
  readonly heal: readonly Heal[];
  readonly by: string;
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
    .option(
      '--heal <what>',
      `repair what can be without moving money: ${HEALS.join(', ')}; more than once for more than one`,
      healName,
      [] as readonly Heal[],
    )
    .option('--by <name>', 'who runs it; kept in the audit', operator())
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
    const statements = await openStatements(options.statement, options.zone ?? null, open.accounts);
    const bus = await openBus(config, busLog(terminal));
    try {
      const { report } = await withStore(config, terminal, async (database) => {
        const sides: Sides = {
          database,
          bus: bus.bus,
          topics: config.topics,
          groupId: config.groupId,
          accounts: open.accounts,
          statements,
          consumer: options.consumer ?? null,
        };
        return await audited(
          database,
          auditOf(options),
          interrupt,
          async (operationNo) =>
            await run(terminal, options, { sides, filter, signal: interrupt.signal, operationNo }),
        );
      });
      conclude(report, options.heal.length > 0);
    } finally {
      await bus.close();
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.err(line('Interrupted; nothing more is changed.'));
    process.exitCode = 130;
  } finally {
    open.close();
    interrupt.release();
  }
}

/** What is kept of the run: no file's content, no key. */
function auditOf(options: ReconcileOptions): Parameters<typeof audited>[1] {
  const { from, to, heal: heals, by, ...args } = options;
  const window = {
    from: new Date(from).toISOString(),
    to: to === undefined ? null : new Date(to).toISOString(),
  };
  return { command: 'reconcile', args: { ...args, ...window, heal: heals }, dryRun: heals.length === 0, by };
}

interface Conclusion {
  readonly differences: number;
  readonly notCompared: Summary['notCompared'];
  readonly classes: Summary['classes'];
  readonly healed: readonly Healed[];
}

async function run(
  terminal: Terminal,
  options: ReconcileOptions,
  parts: {
    readonly sides: Sides;
    readonly filter: Filter;
    readonly signal: AbortSignal;
    readonly operationNo: string;
  },
): Promise<Done<Conclusion>> {
  const { sides, filter, signal, operationNo } = parts;
  const asOfMs = Date.now();
  const onWait = (why: string, waitMs: number): void => {
    terminal.err(line(`${why}: asked again in ${String(Math.ceil(waitMs / 1000))} s`));
  };
  const comparison = await compare(
    sides,
    {
      window: { fromMs: options.from, toMs: options.to ?? asOfMs },
      filter,
      asOfMs,
      busDelayMs: options.sentWithin * MINUTE_MS,
      acknowledgeMs: options.acknowledgedWithin * MINUTE_MS,
    },
    { progress: tellProgress(terminal), patience: { ...PATIENCE, signal, onWait } },
  );
  try {
    await report(terminal, options, comparison);
    const healed: Healed[] = [];
    const store = new HealStore(sides.database);
    for (const what of options.heal) healed.push(await heal(comparison.bench, store, what, operationNo));
    for (const { heal: what, done, left } of healed)
      terminal.err(
        line(`${what}: ${String(done)} done${left === 0 ? '' : `, ${String(left)} left as they are`}`),
      );
    const { differences, notCompared, classes } = comparison.summary;
    return {
      outcome: differences > 0 || notCompared.length > 0 ? 'differences' : 'clean',
      counts: {
        differences,
        notCompared: notCompared.length,
        ...Object.fromEntries(healed.map((one) => [one.heal, one.done])),
      },
      report: { differences, notCompared, classes, healed },
    };
  } finally {
    comparison.close();
  }
}

async function report(terminal: Terminal, options: ReconcileOptions, comparison: Comparison): Promise<void> {
  const { summary } = comparison;
  if (options.json === true)
    for await (const piece of jsonReport(summary, comparison.differences(null))) terminal.out(piece);
  else await printReport(terminal, summary, comparison.differences(TERMINAL_ROWS_MAX));
  if (options.output !== undefined)
    for (const file of await writeReports(comparison, options.output)) terminal.err(line(`written: ${file}`));
}

function conclude({ notCompared, differences }: Conclusion, isHealed: boolean): void {
  const notDone = isHealed ? 'what was asked for was repaired, as told above' : 'nothing was repaired';
  if (notCompared.length > 0)
    throw new CommandFailure('NOT_ALL_COMPARED', {
      happened: `${String(notCompared.length)} accounts could not be compared, ${String(differences)} differences were found elsewhere`,
      notDone: `what those accounts show is not known; ${notDone}`,
      next: 'cure what is said of each above, then run it again',
    });
  if (differences > 0)
    throw new CommandFailure(
      'DIFFERENCES_FOUND',
      {
        happened: `${String(differences)} ${differences === 1 ? 'difference was' : 'differences were'} found`,
        notDone,
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

function healName(text: string, before: readonly Heal[]): readonly Heal[] {
  const found = HEALS.find((one) => one === text);
  if (found === undefined) throw new InvalidArgumentError(`One of ${HEALS.join(', ')}.`);
  return [...new Set([...before, found])];
}

function providerName(text: string): string {
  if (PROVIDERS.has(text)) return text;
  throw new InvalidArgumentError(`One of ${[...PROVIDERS.keys()].join(', ')}.`);
}
