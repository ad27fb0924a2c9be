import { readFileSync } from 'node:fs';
import { mappingsOf, type MappingRow } from '#libs/provider-kit/testing';
import { refusals as sandboxRefusals } from '../../apps/sandbox/acme/refusal.ts';
import { ERROR_TABLE, ruleFor, type ErrorRule } from './error-table.ts';
import { STATUS_WORDS } from './status-table.ts';

const tables = mappingsOf(readFileSync(new URL('MAPPINGS.md', import.meta.url), 'utf8'));

function rows(heading: string): readonly MappingRow[] {
  const table = tables.get(heading);
  if (table === undefined) throw new Error(`MAPPINGS.md has no table under "${heading}"`);
  return table;
}

const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no');

/** A rule as its row in MAPPINGS.md, without the column of sources. */
function rowOf({ word, httpStatus, meaning }: ErrorRule): MappingRow {
  const declined = meaning.kind === 'declined' ? meaning : null;
  return {
    Word: word,
    HTTP: String(httpStatus),
    Outcome: meaning.kind === 'notApplied' ? `notApplied ${meaning.because}` : meaning.kind,
    Code: meaning.code,
    'Act by': declined?.actBy ?? '',
    'May ask again': declined === null ? '' : yesNo(declined.mayRequestAgain),
    'Reading stale': declined === null ? '' : yesNo(declined.readingStale),
  };
}

describe('MAPPINGS.md', () => {
  it('has every refusal of the code, and the code every refusal of it', () => {
    const sources = rows('Refusals').map(({ Source = '' }) => Source);
    expect(rows('Refusals')).toEqual(
      ERROR_TABLE.map((rule, at) => ({ ...rowOf(rule), Source: sources[at] })),
    );
  });

  it.each(['Refusals', 'Refund entity', 'Payment entity', 'Facts of the wire and statuses'])(
    '%s: names a source in every row',
    (heading) => {
      expect(rows(heading).filter(({ Source = '' }) => Source === '')).toEqual([]);
    },
  );

  it.each([
    ['Refund entity', STATUS_WORDS.refund],
    ['Payment entity', STATUS_WORDS.payment],
  ])(
    '%s: has every status of the code with its meaning, and the code every status of it',
    (heading, words) => {
      const documented = rows(heading)
        .filter(({ Meaning }) => Meaning !== 'unlisted')
        .map(({ status, Meaning }) => [status, Meaning]);
      expect(documented).toEqual(words);
    },
  );
});

/** Read by their status alone, or only where something is read. */
const NOT_IN_THE_TABLE = ['unauthorized', 'refund_not_found', 'rate_limited', 'internal_error'];

describe("the sandbox's words, which are the vendor's", () => {
  it('are all listed with their status', () => {
    const unlisted = Object.entries(sandboxRefusals)
      .filter(([word, httpStatus]) => ruleFor(httpStatus, word) === null)
      .map(([word]) => word);
    expect(unlisted).toEqual(NOT_IN_THE_TABLE);
  });
});
