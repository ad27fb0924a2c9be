import { Command } from 'commander';
import { ENVIRONMENT } from '#libs/config';
import { addAccount } from './commands/account.ts';
import { addDemo } from './commands/demo.ts';
import { addDlq } from './commands/dlq.ts';
import { addJournal } from './commands/journal.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOperations } from './commands/operations.ts';
import { addPayment } from './commands/payment.ts';
import { addProvider } from './commands/provider.ts';
import { addRefundErase } from './commands/refund-erase.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addRefundRequest } from './commands/refund-request.ts';
import { addRefundShow } from './commands/refund-show.ts';
import { addReplay } from './commands/replay.ts';
import { addReview } from './commands/review.ts';
import { addTopics } from './commands/topics-create.ts';
import { reportFailure } from './report-failure.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line (without node and script) and answers the exit code. */
export async function refundctl(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

function program(terminal: Terminal): Command {
  const root = new Command('refundctl')
    .description(
      'Operate Refundry: try it, ask for refunds, see how they stand, decide reviews, stop and resume accounts, prove and export the journal.',
    )
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text);
      },
    })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText(
      'after',
      `\n${environmentHelp()}\n\nExit code: 0 done, 1 could not run, 2 used wrongly or found what should not be.`,
    );
  addDemo(root, terminal);
  addMigrate(root, terminal);
  addTopics(root, terminal);
  const refund = root.command('refund').description('single refunds');
  addRefundRequest(refund, terminal);
  addRefundShow(refund, terminal);
  addRefundErase(refund, terminal);
  addAccount(root, terminal);
  addDlq(root, terminal);
  addOperations(root, terminal);
  addPayment(root, terminal);
  addReplay(root, terminal);
  addReview(root, terminal);
  addJournal(root, terminal);
  addProvider(root, terminal);
  addReconcile(root, terminal);
  return root;
}

function environmentHelp(): string {
  const width = Math.max(...ENVIRONMENT.map(({ name }) => name.length));
  const rows = ENVIRONMENT.map(
    ({ name, meaning, default: fallback }) =>
      `  ${name.padEnd(width)}  ${meaning}${fallback === null ? '' : ` (default: ${fallback})`}`,
  );
  return ['Environment:', ...rows].join('\n');
}
