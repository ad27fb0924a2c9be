import { audited, type Done } from '../operation.ts';
import { readSettings } from '../settings.ts';
import { withSystem, type System } from '../system.ts';
import { line, type Terminal } from '../terminal.ts';
import type { Config } from '#libs/config';
import { CommandFailure } from '../failure.ts';
import type { ReplayOptions } from './options.ts';
import { progressBar } from './progress.ts';

const INTERRUPTED = 130;

export interface ReplayRun extends System {
  readonly config: Config;
  readonly operationNo: string;
  readonly onProgress: (done: number, total: number) => void;
}

export interface ReplayCommand<Report extends object> {
  readonly name: string;
  /** What the bar counts. */
  readonly unit: string;
  readonly options: ReplayOptions;
  readonly run: (replay: ReplayRun) => Promise<Done<Report>>;
  /** The report for people. */
  readonly render: (report: Report) => string;
}

/** Runs one replay with its audit record, progress and report. @throws CommandFailure DIFFERENCES_FOUND, exit code 2, behind the report. */
export async function runReplay<Report extends object>(
  terminal: Terminal,
  command: ReplayCommand<Report>,
): Promise<void> {
  const config = readSettings(terminal);
  const done = await withSystem(config, terminal, async (system) => {
    try {
      return await recorded(system, config, command);
    } catch (error) {
      if (!system.signal.aborted) throw error;
      terminal.err(line('Interrupted; what was asked of the relay and is not out was taken back.'));
      process.exitCode = INTERRUPTED;
      return null;
    }
  });
  if (done === null) return;
  const { report, operationNo, outcome } = done;
  if (command.options.json === true) terminal.out(line(JSON.stringify({ operationNo, outcome, ...report })));
  else terminal.out(`${command.render(report)}Operation ${operationNo}: ${outcome}.\n`);
  if (outcome === 'differences') throw differencesFound(operationNo);
}

async function recorded<Report extends object>(
  system: System,
  config: Config,
  { name, unit, options, run }: ReplayCommand<Report>,
): Promise<Done<Report> & { readonly operationNo: string }> {
  const { by, json: _json, limit: _limit, dryRun = false, ...args } = options;
  const bar = progressBar(unit);
  const onProgress = (at: number, total: number): void => {
    bar.update(at, total);
  };
  try {
    const operation = { command: name, args, dryRun, by };
    return await audited(
      system.database,
      operation,
      system,
      async (operationNo) => await run({ ...system, config, operationNo, onProgress }),
    );
  } finally {
    bar.stop();
  }
}

function differencesFound(operationNo: string): CommandFailure {
  return new CommandFailure(
    'DIFFERENCES_FOUND',
    {
      happened: 'what was read is not as it should be; the report says where',
      notDone: 'what was found was left as it is, but for what the report calls done',
      next: `docs/RUNBOOK.md says what each kind means; \`refundctl operations show ${operationNo}\` shows the report again`,
    },
    2,
  );
}
