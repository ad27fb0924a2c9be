import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MUTATIONS } from './all.ts';
import { GUARDED } from './guarded.ts';
import { PROMISES, type Mutation, type Trial } from './mutation.ts';

export const PAGE = 'docs/mutations.md';
const BEGIN = '<!-- generated from test/chaos/mutations/: begin -->';
const END = '<!-- generated from test/chaos/mutations/: end -->';

/** The page as it is, or as it has just been written anew where `WRITE_MUTATIONS=1` asks for it. */
export async function readPage(): Promise<{ readonly is: string; readonly expected: string }> {
  const path = join(import.meta.dirname, '../../..', PAGE);
  const is = await readFile(path, 'utf8');
  const begin = is.indexOf(BEGIN);
  const end = is.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  const expected = `${is.slice(0, begin + BEGIN.length)}\n\n${tables()}\n\n${is.slice(end)}`;
  if (process.env['WRITE_MUTATIONS'] !== '1') return { is, expected };
  await writeFile(path, expected);
  return { is: expected, expected };
}

function tables(): string {
  return [
    '## Found',
    '',
    '| Mutation | The program then | What breaks | The run that finds it | What the audit says |',
    '|---|---|---|---|---|',
    ...MUTATIONS.map(rowOf),
    '',
    '## Not to be found alone',
    '',
    '| Mistake | The program then | What stands behind it | Found together |',
    '|---|---|---|---|',
    ...GUARDED.map(
      ({ name, does, guardedBy, together }) =>
        `| ${name} | ${does} | ${guardedBy} | ${together === null ? '–' : `\`${together}\``} |`,
    ),
  ].join('\n');
}

function rowOf({ name, does, breaks, edits, trial, shows }: Mutation): string {
  const files = [...new Set(edits.filter(({ isProbe }) => isProbe !== true).map(({ file }) => file))];
  const where = files.map((file) => `\`${file}.ts\``).join(', ');
  const says = `\`${shows.source.replaceAll('|', String.raw`\|`)}\``;
  return `| \`${name}\` | ${does} (${where}) | ${PROMISES[breaks]} | ${runOf(trial)} | ${says} |`;
}

function runOf({ provider, stories, refunds, hasCrowd, faults = [], incident, isRepeated }: Trial): string {
  return [
    `${String(refunds)} refunds at ${provider} (${stories.join(', ')})`,
    ...(hasCrowd === true ? ['many parts of one payment at once, some given back elsewhere'] : []),
    ...faults.map(({ operation, mode }) => `${mode} of ${operation}`),
    ...(incident === undefined
      ? []
      : [`${incident.kind === 'kill' ? 'killed' : 'stopped past its lease'} at \`${incident.at}\``]),
    ...(isRepeated === true ? ['everything sent again'] : []),
  ].join('; ');
}
