import { InvalidArgumentError, type Command } from 'commander';
import { HEALS, type Filter, type Heal } from '#libs/reconciliation';
import { counted, moment } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { operator } from '../operation.ts';
import { PROVIDERS } from '../providers.ts';
import { reconcile, type ReconcileOptions } from '../reconcile/run.ts';
import type { Terminal } from '../terminal.ts';

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
      await reconcile(terminal, options, filterOf(options));
    });
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
