import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KINDS, TITLES, type Kind } from './kinds.ts';
import { INCIDENTS, type Incident } from './scenes.ts';

const PAGE = join(import.meta.dirname, '../../docs/crash-points.md');
const BEGIN = '<!-- generated from test/crash/: begin -->';
const END = '<!-- generated from test/crash/: end -->';

/** What was seen of one refund. */
export interface Sighting {
  readonly at: string;
  readonly incident: Incident;
  readonly kind: Kind;
  readonly booked: number;
  readonly state: string;
}

const HEADINGS: Readonly<Record<Incident, string>> = {
  killed: '## Killed, and another is started',
  stalled: '## Stopped past the lease while another goes on, then continued',
  databaseKilled: '## PostgreSQL killed and started again, the process goes on',
};

/** The page as it is, or as it has just been written anew where `WRITE_CRASH_POINTS=1` asks for it. */
export async function readPage(sightings: readonly Sighting[]): Promise<{ is: string; expected: string }> {
  const is = await readFile(PAGE, 'utf8');
  const begin = is.indexOf(BEGIN);
  const end = is.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  const tables = INCIDENTS.map((incident) =>
    tableOf(
      sightings.filter((seen) => seen.incident === incident),
      incident,
    ),
  );
  const expected = `${is.slice(0, begin + BEGIN.length)}\n\n${tables.join('\n\n')}\n\n${is.slice(end)}`;
  if (process.env['WRITE_CRASH_POINTS'] !== '1') return { is, expected };
  await writeFile(PAGE, expected);
  return { is: expected, expected };
}

function tableOf(sightings: readonly Sighting[], incident: Incident): string {
  const points = [...new Set(sightings.map(({ at }) => at))];
  const rows = points.map((at) => {
    const cells = KINDS.map((kind) => {
      const seen = sightings.find((one) => one.at === at && one.kind === kind);
      return seen === undefined ? '–' : cellOf(seen);
    });
    return `| \`${at}\` | ${cells.join(' | ')} |`;
  });
  return [
    HEADINGS[incident],
    '',
    `| Point | ${KINDS.map((kind) => TITLES[kind]).join(' | ')} |`,
    `|---|${KINDS.map(() => '---').join('|')}|`,
    ...rows,
  ].join('\n');
}

function cellOf({ booked, state }: Sighting): string {
  const [word = '', reason] = state.split(' ');
  return `${String(booked)}, ${word}${reason === undefined ? '' : ` \`${reason}\``}`;
}
