import { userInfo } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { ErasureStore, type EraseAnswer } from '#libs/store';
import { withStore } from '../database.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { stamp } from '../show/words.ts';
import { line, type Terminal } from '../terminal.ts';
import { notFound } from './refund-show.ts';

interface EraseCommand {
  readonly reason: string;
  readonly by: string;
}

export function addRefundErase(refund: Command, terminal: Terminal): void {
  refund
    .command('erase')
    .argument('<refundId>')
    .requiredOption('--reason <text>', 'why it is erased; kept with the refund', someText)
    .option('--by <name>', 'who decides; kept with the refund', someText, userInfo().username)
    .description('erase requestedBy, reason and metadata of a refund that has ended, for ever')
    .addHelpText(
      'after',
      `
Erased are the three fields in everything that the database has of the refund: its request, its events, and the salt of their digest. Digests,
amounts and ids stay, and \`refundctl journal verify\` still finds everything as it was written. The last event is published again without them.
What lies on topics already, and what was sent to the provider, is not in our hands.`,
    )
    .action(async (refundId: string, person: EraseCommand) => {
      const answer = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new ErasureStore(database).erase(refundId, person),
      );
      terminal.out(line(answerText(refundId, answer)));
    });
}

function someText(text: string): string {
  if (text.trim() === '' || text.length > 255) throw new InvalidArgumentError('Text of 1 to 255 characters.');
  return text;
}

function answerText(refundId: string, answer: EraseAnswer): string {
  switch (answer.kind) {
    case 'unknown':
      throw notFound(refundId);
    case 'open':
      throw stillOpen(refundId, answer.state);
    case 'already': {
      const { by, atMs, reason } = answer.erasure;
      return `${refundId} was erased by ${by} ${stamp(atMs)}: ${reason}. Nothing was changed.`;
    }
    case 'erased':
      return `The free text of ${refundId} is erased, in its request and ${String(answer.entries)} entries of the journal.`;
  }
}

function stillOpen(refundId: string, state: string): CommandFailure {
  return new CommandFailure(
    'REFUND_STILL_OPEN',
    {
      happened: `${refundId} is ${state}: its later events would carry the free text again`,
      notDone: 'nothing was erased',
      next: `wait for its end, or decide it: \`refundctl refund show ${refundId}\` says what it waits for`,
    },
    2,
  );
}
