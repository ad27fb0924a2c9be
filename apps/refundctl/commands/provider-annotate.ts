import type { Command } from 'commander';
import { note } from '../desk/arguments.ts';
import { refuseFaults, withDesk, type OpenDesk } from '../desk/open-desk.ts';
import { refundDetails, refundJson } from '../desk/render.ts';
import { failureOf } from '../desk/trouble.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface AnnotateOptions {
  readonly note: Readonly<Record<string, string>>;
  readonly replace?: boolean;
  readonly account?: string;
  readonly json?: boolean;
}

export function addAnnotate(refunds: Command, provider: string, terminal: Terminal): void {
  refunds
    .command('annotate')
    .argument('<id>', "the provider's id of the refund")
    .requiredOption('--note <key=value>', 'a note to add or to change; may be repeated', note)
    .option('--replace', 'the notes given are all that stay, beside those of Refundry')
    .option('--account <name>', `the account of ${provider}; default, or the only one, without it`)
    .option('--json', 'answer as JSON, with every field that the provider sent')
    .description('write notes of a refund at the provider; nothing else of it can be changed')
    .action(async (id: string, options: AnnotateOptions) => {
      const config = readSettings(terminal);
      await withDesk(config, provider, options.account ?? null, async (desk) => {
        await annotate(terminal, desk, id, options);
      });
    });
}

async function annotate(
  terminal: Terminal,
  open: OpenDesk,
  id: string,
  options: AnnotateOptions,
): Promise<void> {
  const { desk, annotator } = open.module;
  if (annotator === undefined) {
    throw new CommandFailure(
      'QUESTION_NOT_ACCEPTABLE',
      {
        happened: `${open.label} has no notes on refunds`,
        notDone: 'the provider was not asked',
        next: 'keep the note in your own system',
      },
      2,
    );
  }
  refuseFaults([...(desk?.checkRefundId(id) ?? []), ...annotator.checkNotes(options.note)]);
  const change = { notes: options.note, replace: options.replace === true };
  const answer = await annotator.annotate(open.account, id, change, new AbortController().signal);
  if (answer.kind !== 'shown') throw failureOf(answer, open.label, `refund ${id}`);
  const { refund } = answer;
  terminal.out(line(options.json === true ? JSON.stringify(refundJson(refund)) : refundDetails(refund)));
}
