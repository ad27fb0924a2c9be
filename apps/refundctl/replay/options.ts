import { InvalidArgumentError, type Command } from 'commander';
import type { Span } from '#libs/reconciliation';
import { accountName, type AccountName } from '../commands/account.ts';
import { counted, moment } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { operator } from '../operation.ts';

type Edge =
  | { readonly by: 'time'; readonly atMs: number }
  | { readonly by: 'offset'; readonly offset: number };

/** What every replay can be told. */
export interface ReplayOptions {
  readonly from?: Edge;
  readonly to?: Edge;
  readonly partition?: number;
  readonly provider?: string;
  readonly account?: AccountName;
  readonly payment?: string;
  readonly refund?: string;
  readonly dryRun?: boolean;
  readonly limit: number;
  readonly by: string;
  readonly json?: boolean;
}

export interface Filter {
  readonly provider?: string;
  readonly account?: string;
  readonly payment?: string;
  readonly refund?: string;
}

const SHOWN = 100;

function edge(text: string): Edge {
  const [, digits] = /^offset:(\d{1,15})$/.exec(text) ?? [];
  if (digits !== undefined) return { by: 'offset', offset: Number(digits) };
  try {
    return { by: 'time', atMs: moment(text) };
  } catch {
    throw new InvalidArgumentError('Write 2026-11-24, 2026-11-24T17:51Z, Unix seconds or offset:1234.');
  }
}

export function addReplayOptions(command: Command): Command {
  return command
    .option('--from <moment>', 'only from here on: a day or time (UTC), or offset:N', edge)
    .option('--to <moment>', 'only before this; written the same way', edge)
    .option('--partition <n>', 'with offsets: of this partition alone', counted(0))
    .option('--provider <name>', 'only refunds at this provider')
    .option('--account <account>', 'only refunds of this account, as provider/account', accountName)
    .option('--payment <id>', 'only refunds of this payment')
    .option('--refund <id>', 'only this refund')
    .option('--dry-run', 'change nothing; say what would be done')
    .option('--limit <n>', 'show at most so many of each kind; all are counted', counted(1), SHOWN)
    .option('--by <name>', 'who runs it, for the record of operations', operator())
    .option('--json', 'answer the report as JSON');
}

/** @throws CommandFailure REPLAY_SPAN for edges that do not fit each other. */
export function spanOf({ from, to, partition }: ReplayOptions): Span {
  const kinds = new Set([from?.by, to?.by].filter((by) => by !== undefined));
  if (kinds.size > 1) throw misfit('--from is a time and --to an offset, or the other way round');
  if (!kinds.has('offset')) {
    if (partition !== undefined) throw misfit('--partition goes with offsets');
    const at = (one: Edge | undefined): number | null => (one?.by === 'time' ? one.atMs : null);
    return { by: 'time', from: at(from), to: at(to) };
  }
  const at = (one: Edge | undefined): number | null => (one?.by === 'offset' ? one.offset : null);
  return { by: 'offset', from: at(from), to: at(to), partition: partition ?? null };
}

export function filterOf({ provider, account, payment, refund }: ReplayOptions): Filter {
  const at = provider ?? account?.provider;
  return {
    ...(at === undefined ? {} : { provider: at }),
    ...(account === undefined ? {} : { account: account.name }),
    ...(payment === undefined ? {} : { payment }),
    ...(refund === undefined ? {} : { refund }),
  };
}

function misfit(happened: string): CommandFailure {
  return new CommandFailure(
    'REPLAY_SPAN',
    {
      happened,
      notDone: 'nothing was read or changed',
      next: 'give both edges as times, or both as offsets',
    },
    2,
  );
}
