import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { PaymentStore } from '#libs/store';
import { withStore } from '../database.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';
import { accountName, type AccountName } from './account.ts';

export function addPayment(program: Command, terminal: Terminal): void {
  const payment = program.command('payment').description('payments whose refunds are stopped');
  payment
    .command('release')
    .argument('<account>', 'provider/account', accountName)
    .argument('<paymentId>', "the provider's payment")
    .requiredOption('--reason <text>', 'what was found; kept with the refund whose money moved')
    .option('--by <name>', 'who decides', userInfo().username)
    .description('let the refunds of a payment go on that was stopped because money of an ended refund moved')
    .action(async (account: AccountName, paymentId: string, options: Decision) => {
      const answer = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new PaymentStore(database).release(account, paymentId, options),
      );
      if (answer === 'unknown') throw noSuchPayment(account, paymentId);
      terminal.out(
        line(
          answer === 'released'
            ? `${paymentId} is released; its refunds go on.`
            : `${paymentId} was not stopped; nothing was changed.`,
        ),
      );
    });
}

interface Decision {
  readonly reason: string;
  readonly by: string;
}

function noSuchPayment({ provider, name }: AccountName, paymentId: string): CommandFailure {
  return new CommandFailure(
    'PAYMENT_UNKNOWN',
    {
      happened: `this database has no refund of a payment ${paymentId} at ${provider}/${name}`,
      notDone: 'nothing was changed',
      next: '`refundctl refund show` names payment and account of a refund',
    },
    2,
  );
}
