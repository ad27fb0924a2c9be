import type { Command } from 'commander';
import { decodeHeaders } from '#libs/contracts';
import { DeadLetterStore, type KeptLetter } from '#libs/store';
import { withStore } from '../database.ts';
import { inOneLine, shownBytes } from '../dead-letters/bytes.ts';
import { letterNumber, noSuchLetter } from '../dead-letters/options.ts';
import { remedyOf } from '../dead-letters/remedies.ts';
import { readSettings } from '../settings.ts';
import { stamp } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';

/** A value that is longer fills the screen and hides why it is here; --json has all of it. */
const VALUE_CHARACTERS_MAX = 4000;
const HEADER_CHARACTERS_MAX = 120;

export function addDlqShow(dlq: Command, terminal: Terminal): void {
  dlq
    .command('show')
    .argument('<number>', 'its number in the list', (text: string) => letterNumber(text))
    .option('--json', 'answer as JSON, with the whole value')
    .description('one dead letter: why, what it says, what to do; card numbers and secrets are masked')
    .action(async ([number = '']: readonly string[], { json }: { readonly json?: boolean }) => {
      const letter = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new DeadLetterStore(database).find(number),
      );
      if (letter === null) throw noSuchLetter([number]);
      terminal.out(json === true ? line(JSON.stringify(asJson(letter))) : render(letter));
    });
}

function render(letter: KeptLetter): string {
  const table = compactTable({ head: [`Dead letter ${letter.deadLetterNo}`, ''] });
  const { act } = letter;
  table.push(
    ['Why', `${letter.code}: ${letter.message}`],
    ['What to do', remedyOf(letter.code)],
    [
      'Status',
      act === null
        ? letter.status
        : `${letter.status} by ${act.by} at ${stamp(act.atMs)}${act.reason === null ? '' : `: ${act.reason}`}`,
    ],
    [
      'Read from',
      `${letter.topic}/${String(letter.partition)}/${String(letter.offset)} of ${letter.cluster}`,
    ],
    ['By group', letter.groupId],
    ['Recorded (UTC)', stamp(letter.recordAtMs)],
    ['Kept (UTC)', stamp(letter.keptAtMs)],
    ['On its topic', letter.published ? 'yes' : 'not yet'],
    ['Key', inOneLine(letter.key, HEADER_CHARACTERS_MAX)],
  );
  for (const { name, value } of decodeHeaders(letter.headers))
    table.push([`Header ${name}`, inOneLine(value, HEADER_CHARACTERS_MAX)]);
  return [table.toString(), 'Value:', valueText(letter), ''].join('\n');
}

function valueText({ value }: KeptLetter): string {
  const shown = shownBytes(value);
  if (shown === null) return '(none)';
  const text = 'text' in shown ? shown.text : `(no text, in hexadecimal) ${shown.hex}`;
  const rest = text.length - VALUE_CHARACTERS_MAX;
  return rest <= 0
    ? text
    : `${text.slice(0, VALUE_CHARACTERS_MAX)}\n(${String(rest)} characters more: --json)`;
}

function asJson({ keptAtMs, recordAtMs, key, value, headers, act, ...letter }: KeptLetter): object {
  return {
    ...letter,
    whatToDo: remedyOf(letter.code),
    keptAt: new Date(keptAtMs).toISOString(),
    recordAt: new Date(recordAtMs).toISOString(),
    act: act === null ? null : { by: act.by, reason: act.reason, at: new Date(act.atMs).toISOString() },
    key: shownBytes(key),
    headers: decodeHeaders(headers).map((header) => [header.name, shownBytes(header.value)]),
    value: shownBytes(value),
  };
}
