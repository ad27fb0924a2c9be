import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { planScenario, SCRIPTS, type Plan, type ScenarioProvider } from '#libs/scenario';
import { CommandFailure } from '../failure.ts';
import { isGood, renderReport } from '../demo/report.ts';
import { runPlans } from '../demo/run.ts';
import { startStack, type Stack } from '../demo/stack.ts';
import { onInterrupt } from '../interrupt.ts';
import { line, type Terminal } from '../terminal.ts';

interface DemoOptions {
  readonly refunds: number;
  readonly seed: number;
  readonly bus: 'embedded' | 'kafka';
  readonly provider: ScenarioProvider | 'all';
  readonly keep?: boolean;
}

const REFUNDS_MAX = 100_000;

export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .option('--refunds <n>', 'different refunds to request', wholeNumber(1, REFUNDS_MAX), 300)
    .option(
      '--seed <n>',
      'the same seed gives the same mix of events and faults',
      wholeNumber(0, 4_294_967_295),
      1,
    )
    .addOption(
      new Option(
        '--bus <kind>',
        'embedded needs only Node; kafka takes KAFKA_BROKERS or starts a broker with Java',
      )
        .choices(['embedded', 'kafka'])
        .default('embedded'),
    )
    .addOption(
      new Option('--provider <name>', 'whose refunds are requested; all mixes the three')
        .choices([...PROVIDERS, 'all'])
        .default('razorpay'),
    )
    .option('--keep', 'stay up afterwards and print where everything is; Ctrl-C ends it')
    .description(
      'start everything on this machine, send a few hundred refunds through trouble, and compare the books',
    )
    .addHelpText(
      'after',
      `
Starts PostgreSQL, the bus, the provider sandbox and a processor; sends duplicates, conflicts, over-refunds, unknown payments and broken
messages; loses answers after the provider has processed the refund. Writes out/demo/summary.json. The data stays in REFUNDRY_DATA:
\`refundctl refund show <refundId>\` works afterwards.

Exit code: 0 nothing was lost, paid twice or over-refunded and the books are equal; 1 it could not run; 2 something was; 130 interrupted.`,
    )
    .action(async (options: DemoOptions) => {
      await demo(terminal, options);
    });
}

async function demo(terminal: Terminal, options: DemoOptions): Promise<void> {
  const interrupt = onInterrupt();
  const outDirectory = resolve('out', 'demo');
  const runId = Date.now().toString(36);
  const plans = plansOf(options, runId);
  let stack: Stack | null = null;
  try {
    stack = await startStack(terminal, { bus: options.bus, runId, outDirectory, signal: interrupt.signal });
    terminal.err(
      line(
        `Up: ${stack.busText}, sandbox ${stack.sandbox.url}, processor ${stack.processorUrl}. Seed ${String(options.seed)}, run ${runId}.`,
      ),
    );
    const outcome = await runPlans(plans, stack, options.keep === true, interrupt.signal);
    const summaryFile = join(outDirectory, 'summary.json');
    writeFileSync(summaryFile, `${JSON.stringify(outcome.summary)}\n`);
    terminal.out(renderReport(outcome, stack.busText));
    const example = plans
      .flatMap(({ refunds }) => refunds)
      .find(({ end }) => end.state === 'completed')?.refundId;
    if (example !== undefined) terminal.out(line(`One of them: npx refundctl refund show ${example}`));
    if (options.keep === true) await stayUp(terminal, stack, plans, interrupt.signal);
    if (!isGood(outcome.summary, outcome.differences)) {
      throw new CommandFailure(
        'BOOKS_DIFFER',
        {
          happened: 'the demo found differences; they are listed above',
          notDone: 'nothing was repaired',
          next: `${summaryFile} has the numbers, ${outDirectory} the logs; --seed ${String(options.seed)} repeats the mix`,
        },
        2,
      );
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    terminal.err(line('Interrupted; stopping what was started.'));
    process.exitCode = 130;
  } finally {
    await stack?.stop();
    interrupt.release();
  }
}

const PROVIDERS = Object.keys(SCRIPTS) as ScenarioProvider[];

/** One plan for each provider; together they have exactly the refunds asked for, and no refundId twice. */
function plansOf({ provider, refunds, seed }: DemoOptions, runId: string): readonly Plan[] {
  const names = provider === 'all' ? PROVIDERS : [provider];
  return names.map((name, index) => {
    const share = Math.floor(refunds / names.length) + (index < refunds % names.length ? 1 : 0);
    const own = names.length === 1 ? runId : `${runId}${name.slice(0, 2)}`;
    return planScenario({ seed: seed + index, refunds: share, runId: own, provider: name });
  });
}

async function stayUp(
  terminal: Terminal,
  stack: Stack,
  plans: readonly Plan[],
  signal: AbortSignal,
): Promise<void> {
  // Whoever tries it out now meets a provider without faults.
  await stack.sandbox.clearFaults();
  for (const { provider } of plans) await stack.sandbox.setBehaviour(provider, SCRIPTS[provider].bank.usual);
  const rows = [
    `sandbox    ${stack.sandbox.url}/_sandbox/refunds?provider=${plans[0]?.provider ?? ''}`,
    `processor  ${stack.processorUrl}/health/ready  ${stack.processorUrl}/metrics`,
    `bus        ${stack.busText}; topics ${Object.values(stack.topics).join(', ')}`,
    `data       ${stack.dataDirectory} (REFUNDRY_DATA)`,
  ];
  terminal.out(`Still up, Ctrl-C ends it:\n  ${rows.join('\n  ')}\n`);
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else
      signal.addEventListener('abort', () => {
        done();
      });
  });
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`A whole number from ${String(min)} to ${String(max)}.`);
    }
    return value;
  };
}
