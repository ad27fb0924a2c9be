import { Option, type Command } from 'commander';
import { DeadLetterStore, type DeadLetterFilter, type DeadLetterSummary } from '#libs/store';
import { withStore } from '../database.ts';
import { inOneLine, shownBytes } from '../dead-letters/bytes.ts';
import { letterCode, type ListOptions } from '../dead-letters/options.ts';
import { listTopic } from '../dead-letters/list-topic.ts';
import { counted, moment } from '../desk/arguments.ts';
import { readSettings } from '../settings.ts';
import { stamp } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';

const LIMIT = 100;
const KEY_CHARACTERS_MAX = 24;

export function addDlqList(dlq: Command, terminal: Terminal): void {
  dlq
    .command('list')
    .option('--reason <code>', 'only those with this code', letterCode)
    .option('--from <time>', 'kept at or after this time (UTC)', moment)
    .option('--to <time>', 'kept before this time (UTC)', moment)
    .addOption(
      new Option('--status <status>', 'how they stand')
        .choices(['open', 'redriven', 'discarded', 'all'])
        .default('open'),
    )
    .option('--limit <n>', 'at most so many, the oldest first', counted(1), LIMIT)
    .option('--from-topic', 'read the dead-letter topic instead, foreign ones included')
    .option('--json', 'answer as JSON, one object a line')
    .description('requests that could not be handled, oldest first')
    .addHelpText(
      'after',
      '\nThe list is the one of the database, which has every dead letter of its processors byte for byte. With --from-topic it is what the topic\nholds, whoever published it; --status does not apply there.',
    )
    .action(async (options: ListOptions) => {
      if (options.fromTopic === true) await listTopic(terminal, options);
      else await listStore(terminal, options);
    });
}

async function listStore(terminal: Terminal, options: ListOptions): Promise<void> {
  const { reason, from, to, status, limit } = options;
  const filter: DeadLetterFilter = {
    ...(reason === undefined ? {} : { code: reason }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(status === 'all' ? {} : { status }),
  };
  const letters: DeadLetterSummary[] = [];
  let hasMore = false;
  await withStore(readSettings(terminal), terminal, async (database) => {
    for await (const letter of new DeadLetterStore(database).list(filter)) {
      if (letters.length >= limit) {
        hasMore = true;
        return;
      }
      letters.push(letter);
    }
  });
  if (options.json === true) {
    for (const letter of letters) terminal.out(line(JSON.stringify(described(letter))));
    return;
  }
  terminal.out(line(letters.length === 0 ? 'There are no such dead letters.' : tableOf(letters)));
  if (hasMore) terminal.out(line('There are more: --limit, --reason, --from, --to.'));
}

function tableOf(letters: readonly DeadLetterSummary[]): string {
  const table = compactTable({ head: ['No', 'Kept (UTC)', 'Reason', 'Read from', 'Key', 'Bytes', 'Status'] });
  for (const letter of letters) {
    table.push([
      letter.deadLetterNo,
      stamp(letter.keptAtMs).slice(0, 19),
      letter.code,
      `${letter.topic}/${String(letter.partition)}/${String(letter.offset)}`,
      inOneLine(letter.key, KEY_CHARACTERS_MAX),
      letter.valueBytes === null ? '–' : String(letter.valueBytes),
      letter.act === null ? letter.status : `${letter.status} by ${letter.act.by}`,
    ]);
  }
  return table.toString();
}

/** For programs. Keys are shown as text or hexadecimal, masked like everything else. */
function described({ keptAtMs, recordAtMs, key, act, ...letter }: DeadLetterSummary): object {
  return {
    ...letter,
    keptAt: new Date(keptAtMs).toISOString(),
    recordAt: new Date(recordAtMs).toISOString(),
    key: shownBytes(key),
    act: act === null ? null : { by: act.by, reason: act.reason, at: new Date(act.atMs).toISOString() },
  };
}
