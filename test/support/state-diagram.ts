import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDoubtful, isFinal, reserves, TRANSITIONS, visibleState, type RefundState } from '#libs/refund';

/** Why each change happens; a pair that the table gains or loses does not compile until it is said here. */
const CAUSES: {
  readonly [From in RefundState]: Readonly<Record<(typeof TRANSITIONS)[From][number], string>>;
} = {
  requested: {
    submitting: 'armed',
    failed: 'rejected or cancelled',
    review: 'retries or time used up',
  },
  submitting: {
    completed: 'succeeded',
    pending: 'accepted',
    failed: 'declined',
    unknown: 'no clear answer',
    requested: 'not applied',
  },
  pending: { completed: 'succeeded', failed: 'declined', review: 'overdue or mismatch' },
  unknown: {
    completed: 'found succeeded',
    pending: 'found accepted',
    failed: 'found declined',
    requested: 'proved not applied',
    review: 'overdue, ambiguous or key expired',
  },
  review: {
    completed: 'found or decided',
    failed: 'found or decided',
    requested: 'decided, nothing moved',
    unknown: 'decided, same key again',
  },
  completed: { reversed: 'the money came back' },
  failed: {},
  reversed: {},
};

const states = Object.keys(TRANSITIONS) as RefundState[];
export const STATE_PAGE = join(import.meta.dirname, '../../docs/state-machine.md');
const BEGIN = '<!-- generated from libs/refund/state.ts: begin -->';
const END = '<!-- generated from libs/refund/state.ts: end -->';

function diagram(): string {
  const arrows = states.flatMap((from) =>
    Object.entries(CAUSES[from]).map(([to, cause]) => `  ${from} --> ${to}: ${cause}`),
  );
  const ends = states.filter(isFinal).map((state) => `  ${state} --> [*]`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> requested',
    '  [*] --> failed: rejected',
    ...arrows,
    ...ends,
    '```',
  ].join('\n');
}

function table(): string {
  const yes = (holds: boolean): string => (holds ? 'yes' : '');
  const rows = states.map((state) =>
    [state, visibleState(state), yes(reserves(state)), yes(isDoubtful(state)), yes(isFinal(state))].join(
      ' | ',
    ),
  );
  return [
    '| State | A caller sees | Holds its amount | Doubtful | Final |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** The page with its generated part as the state table is now. */
export function withStates(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${diagram()}\n\n${table()}\n\n${page.slice(end)}`;
}

// node --conditions=source test/support/state-diagram.ts
if (process.argv[1] === import.meta.filename)
  await writeFile(STATE_PAGE, withStates(await readFile(STATE_PAGE, 'utf8')));
