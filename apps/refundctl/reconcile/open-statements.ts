import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { isZone, readStatement, type ComparedAccount, type StatementRow } from '#libs/reconciliation';
import { CommandFailure } from '../failure.ts';

/** The statements of a command line, `provider/account=file` or `file` for the only account without lists, by the account's place. */
export async function openStatements(
  given: readonly string[],
  zone: string | null,
  accounts: readonly ComparedAccount[],
): Promise<ReadonlyMap<number, AsyncIterable<StatementRow>>> {
  const statements = new Map<number, AsyncIterable<StatementRow>>();
  if (given.length === 0) return statements;
  if (zone === null || !isZone(zone))
    throw wrong(
      zone === null ? 'a statement needs the zone of its times' : `no zone ${zone} is known`,
      '--zone Europe/Moscow, for example',
    );
  for (const one of given) {
    const [account, file] = one.includes('=') ? split(one) : [null, one];
    const key = placeOf(account, accounts);
    if (statements.has(key)) throw wrong('an account has one statement', 'put the files together into one');
    await access(file).catch(() => {
      throw wrong(`${file} cannot be read`, 'name a file that is there');
    });
    statements.set(key, readStatement(createReadStream(file, { encoding: 'utf8' }), zone));
  }
  return statements;
}

function split(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

function placeOf(name: string | null, accounts: readonly ComparedAccount[]): number {
  const places = [...accounts.entries()].filter(([, { account, reader }]) =>
    name === null
      ? reader.listRefunds === undefined
      : name === `${account.provider}/${account.name}` && reader.listRefunds === undefined,
  );
  const [found] = places;
  if (found !== undefined && places.length === 1) return found[0];
  throw wrong(
    name === null
      ? 'it is not clear which account the statement is of'
      : `${name} is no account of this run that needs a statement`,
    'name it: --statement robokassa/default=statement.csv; accounts with lists need none',
  );
}

function wrong(happened: string, next: string): CommandFailure {
  return new CommandFailure('STATEMENT_NOT_USABLE', { happened, notDone: 'nothing was compared', next }, 2);
}
