import type { Command } from 'commander';
import { OperationStore, type Operation, type OperationSummary } from '#libs/store';
import { withStore } from '../database.ts';
import { counted } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { stamp } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';

const LIMIT = 50;

interface ListOptions {
  readonly command?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addOperations(program: Command, terminal: Terminal): void {
  const operations = program.command('operations').description('what operators did with the whole system');
  operations
    .command('list')
    .option('--command <name>', 'only these, for example `replay` or `replay results`')
    .option('--limit <n>', 'the latest so many', counted(1), LIMIT)
    .option('--json', 'answer as JSON')
    .description('who replayed, reconciled or redrove what and when, and what came of it')
    .action(async ({ command, limit, json }: ListOptions) => {
      const listed = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new OperationStore(database).list(limit, command ?? null),
      );
      if (json === true) terminal.out(line(JSON.stringify(listed)));
      else terminal.out(listed.length === 0 ? line('Nothing was done yet.') : line(tableOf(listed)));
    });
  operations
    .command('show')
    .argument('<number>', 'its number in the list', counted(1))
    .description('one operation with its whole report, as JSON')
    .action(async (number: number) => {
      const found = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new OperationStore(database).find(String(number)),
      );
      if (found === null) throw noSuchOperation(number);
      terminal.out(line(JSON.stringify(shown(found), null, 2)));
    });
}

function tableOf(operations: readonly OperationSummary[]): string {
  const table = compactTable({ head: ['No', 'Began (UTC)', 'Took', 'By', 'Command', 'Outcome', 'Counts'] });
  for (const one of operations) {
    table.push([
      one.operationNo,
      stamp(one.startedAtMs).slice(0, 19),
      one.endedAtMs === null ? '–' : `${((one.endedAtMs - one.startedAtMs) / 1000).toFixed(1)} s`,
      one.by,
      `${one.command}${one.dryRun ? ' (dry run)' : ''}`,
      one.outcome ?? 'running or killed',
      Object.entries(one.counts)
        .map(([name, count]) => `${name} ${String(count)}`)
        .join(', '),
    ]);
  }
  return table.toString();
}

function shown({ startedAtMs, endedAtMs, ...operation }: Operation): object {
  return {
    ...operation,
    startedAt: new Date(startedAtMs).toISOString(),
    endedAt: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
  };
}

function noSuchOperation(number: number): CommandFailure {
  return new CommandFailure(
    'OPERATION_NOT_FOUND',
    {
      happened: `no operation has the number ${String(number)}`,
      notDone: 'nothing was shown',
      next: '`refundctl operations list` shows the numbers',
    },
    2,
  );
}
