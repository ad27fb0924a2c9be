import { userInfo } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { AccountStore, IntakeStore, type AccountStop } from '#libs/store';
import { withStore } from '../database.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

/** An account as a command line names it. */
export interface AccountName {
  readonly provider: string;
  readonly name: string;
}

/** `razorpay/india`, or `razorpay` for its default account. */
export function accountName(text: string): AccountName {
  const [provider = '', name = 'default', ...rest] = text.split('/');
  if (provider === '' || name === '' || rest.length > 0) {
    throw new InvalidArgumentError('Name it as provider/account, for example razorpay/default.');
  }
  return { provider, name };
}

function minutes(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 525_600) {
    throw new InvalidArgumentError('A whole number of minutes from 1 to 525600.');
  }
  return value;
}

export function addAccount(program: Command, terminal: Terminal): void {
  const account = program.command('account').description('stop and resume the accounts at the providers');
  account
    .command('stop')
    .argument('<account>', 'provider/account', accountName)
    .requiredOption('--reason <text>', 'why; shown wherever its refunds wait')
    .option('--by <name>', 'who decides', userInfo().username)
    .option('--minutes <n>', 'resume by itself after this long; otherwise only by hand', minutes)
    .description(
      'send nothing through an account any more; its refunds wait, calls in flight end as they are',
    )
    .action(async (target: AccountName, options: StopOptions) => {
      await stop(terminal, target, options);
    });
  account
    .command('resume')
    .argument('<account>', 'provider/account', accountName)
    .option(
      '--look-first',
      'rows were lost: have everything that waits, of every account, looked up at its provider before it is sent',
    )
    .description('let the refunds of a stopped account go on')
    .action(async (target: AccountName, { lookFirst }: { readonly lookFirst?: boolean }) => {
      await resume(terminal, target, lookFirst === true);
    });
  account
    .command('list')
    .option('--json', 'answer as JSON')
    .description('the accounts a processor has registered, and which of them are stopped')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const accounts = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new AccountStore(database).list(),
      );
      if (json === true) terminal.out(line(JSON.stringify(accounts)));
      else for (const one of accounts) terminal.out(line(describe(one)));
    });
}

async function resume(terminal: Terminal, target: AccountName, isLookFirst: boolean): Promise<void> {
  const { provider, name } = target;
  const resumed = await withStore(readSettings(terminal), terminal, async (database) => {
    const accounts = new AccountStore(database);
    if (!(await accounts.list()).some((one) => one.provider === provider && one.name === name)) return null;
    const payments = isLookFirst
      ? await new IntakeStore(database).lookFirst(userInfo().username, {
          before: `${provider}/${name} resumes`,
        })
      : 0;
    await accounts.resume(provider, name);
    return { payments };
  });
  if (resumed === null) throw noSuchAccount(target);
  if (isLookFirst)
    terminal.out(line(`What waits of ${String(resumed.payments)} payments is looked up before it is sent.`));
  terminal.out(line(`${provider}/${name} runs; what waited for it is due now.`));
}

interface StopOptions {
  readonly reason: string;
  readonly by: string;
  readonly minutes?: number;
}

async function stop(terminal: Terminal, target: AccountName, options: StopOptions): Promise<void> {
  const untilMs = options.minutes === undefined ? null : Date.now() + options.minutes * 60_000;
  const found = await withStore(
    readSettings(terminal),
    terminal,
    async (database) =>
      await new AccountStore(database).stop(target.provider, target.name, {
        by: options.by,
        reason: options.reason,
        untilMs,
      }),
  );
  if (!found) throw noSuchAccount(target);
  const end =
    untilMs === null
      ? `until \`refundctl account resume ${target.provider}/${target.name}\``
      : `until ${new Date(untilMs).toISOString()}`;
  terminal.out(line(`${target.provider}/${target.name} is stopped ${end}.`));
}

function noSuchAccount({ provider, name }: AccountName): CommandFailure {
  return new CommandFailure(
    'ACCOUNT_NOT_FOUND',
    {
      happened: `this database knows no account ${provider}/${name}`,
      notDone: 'nothing was changed',
      next: '`refundctl account list` shows those it knows; an account is registered when a processor starts with it',
    },
    2,
  );
}

function describe(account: AccountStop): string {
  const name = `${account.provider}/${account.name}`;
  if (!account.stopped) return `${name}  runs`;
  const at = account.untilMs === null ? null : new Date(account.untilMs).toISOString();
  if (account.byItself)
    return `${name}  stopped by itself, tried again ${at ?? 'soon'}: ${account.reason ?? 'no reason given'}`;
  const until = at === null ? 'until resumed' : `until ${at}`;
  return `${name}  stopped ${until} by ${account.by ?? 'unknown'}: ${account.reason ?? 'no reason given'}`;
}
