import {
  compare,
  heal,
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
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { audited, type Done } from '../operation.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';
import { openAccounts } from './open-accounts.ts';
import { openStatements } from './open-statements.ts';
import { tellProgress } from './progress.ts';
import { printReport, TERMINAL_ROWS_MAX } from './terminal-report.ts';
import { writeReports } from './write-reports.ts';

/** The command line. Times Unix milliseconds. */
export interface ReconcileOptions {
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

/** Opens the four sides, compares them inside an audit record, reports, and repairs what was asked for. */
export async function reconcile(
  terminal: Terminal,
  options: ReconcileOptions,
  filter: Filter,
): Promise<void> {
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
      happened: `${String(notCompared.length)} accounts or topics could not be compared, ${String(differences)} differences were found elsewhere`,
      notDone: `what those show is not known; ${notDone}`,
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
