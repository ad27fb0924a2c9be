import type { Command } from 'commander';
import { DeadLetterStore, type DeadLetterStatus } from '#libs/store';
import { withStore } from '../database.ts';
import { letterNumber, noSuchLetter } from '../dead-letters/options.ts';
import { faultOfWords } from '../dead-letters/words.ts';
import { CommandFailure } from '../failure.ts';
import { audited, operator } from '../operation.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface DiscardOptions {
  readonly reason: string;
  readonly by: string;
}

type Discarded = 'discarded' | Exclude<DeadLetterStatus, 'open'> | 'absent';

export function addDlqDiscard(dlq: Command, terminal: Terminal): void {
  dlq
    .command('discard')
    .argument('<numbers...>', 'their numbers in the list', letterNumber)
    .requiredOption('--reason <text>', 'why nothing has to come of them; kept')
    .option('--by <name>', 'who decides; kept', operator())
    .description('mark dead letters as done with; they and their bytes stay where they are')
    .action(async (numbers: readonly string[], options: DiscardOptions) => {
      const fault = faultOfWords({ reason: options.reason, by: options.by });
      if (fault !== null) throw fault;
      await discard(terminal, numbers, options);
    });
}

async function discard(
  terminal: Terminal,
  numbers: readonly string[],
  { reason, by }: DiscardOptions,
): Promise<void> {
  const { report } = await withStore(readSettings(terminal), terminal, async (database) => {
    const store = new DeadLetterStore(database);
    const args = { numbers, reason };
    const neverAborted = new AbortController();
    return await audited(
      database,
      { command: 'dlq discard', args, dryRun: false, by },
      neverAborted,
      async (operationNo) => {
        const answers: { readonly number: string; readonly is: Discarded; readonly isNew: boolean }[] = [];
        for (const number of numbers) {
          const was = await store.withLetter(number, async ({ status }, act) => {
            if (status === 'open') await act({ action: 'discarded', by, reason, operationNo });
            return status;
          });
          answers.push({
            number,
            is: was === 'open' ? 'discarded' : (was ?? 'absent'),
            isNew: was === 'open',
          });
        }
        const refused = answers.filter(({ isNew }) => !isNew).length;
        return {
          outcome: refused > 0 ? ('differences' as const) : ('clean' as const),
          counts: { discarded: answers.length - refused, refused },
          report: { answers },
        };
      },
    );
  });
  for (const { number, is, isNew } of report.answers)
    if (is !== 'absent')
      terminal.out(line(`${number}  ${isNew ? 'discarded' : `unchanged: it is ${is} already`}`));
  const absent = report.answers.filter(({ is }) => is === 'absent').map(({ number }) => number);
  if (absent.length > 0) throw noSuchLetter(absent);
  if (report.answers.some(({ isNew }) => !isNew))
    throw new CommandFailure(
      'DEAD_LETTERS_REFUSED',
      {
        happened: 'some were redriven or discarded before',
        notDone: 'those are as they were',
        next: '`refundctl dlq show` says by whom and why',
      },
      2,
    );
}
