import { readFileSync } from 'node:fs';
import { mappingsOf, type MappingRow } from '#libs/provider-kit/testing';
import { message as sandboxWords } from '../../apps/sandbox/robokassa/refund-answers.ts';
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
function rowOf({ words, httpStatuses, meaning }: ErrorRule): MappingRow {
  const declined = meaning.kind === 'declined' ? meaning : null;
  return {
    Message: words,
    HTTP: httpStatuses.join(' '),
    Outcome: meaning.kind === 'notApplied' ? `notApplied ${meaning.because}` : meaning.kind,
    Code: meaning.code,
    'Act by': declined?.actBy ?? '',
    'May ask again': declined === null ? '' : yesNo(declined.mayRequestAgain),
    'Reading stale': declined === null ? '' : yesNo(declined.readingStale),
  };
}

describe('MAPPINGS.md', () => {
  it('has every refusal of the code, and the code every refusal of it', () => {
    const documented = rows('Refusals').map((row) =>
      Object.fromEntries(Object.entries(row).filter(([title]) => title !== 'Source')),
    );
    expect(documented).toEqual(ERROR_TABLE.map(rowOf));
  });

  it('names a source for every refusal', () => {
    const unsourced = rows('Refusals').filter(
      ({ Source = '' }) => !/^(DOC|WP|API|INT)(, (DOC|WP|API|INT))*$/.test(Source),
    );
    expect(unsourced).toEqual([]);
  });

  it.each([
    ['Operation results', 'Code', STATUS_WORDS.result],
    ['Operation states', 'State', STATUS_WORDS.operation],
    ['Refund labels', 'Label', STATUS_WORDS.refund],
    ['Legacy interface', 'Legacy state', STATUS_WORDS.legacy],
  ] as const)(
    '%s: has every word of the code with its meaning, and the code every word of it',
    (heading, title, words) => {
      const documented = rows(heading)
        .filter(({ Meaning }) => Meaning !== 'unlisted')
        .map((row) => [row[title], row['Meaning']]);
      expect(documented).toEqual(words);
    },
  );
});

describe("the sandbox's words", () => {
  it('are all listed, but for a guess of the sandbox and the sentence of a look-up', () => {
    const unlisted = Object.entries(sandboxWords)
      .filter(([, words]) => [200, 400].every((status) => ruleFor(status, words) === null))
      .map(([name]) => name);
    expect(unlisted.toSorted()).toEqual(['operationNotFound', 'requestUnknown']);
  });
});

describe('finding the rule for a message', () => {
  it.each([
    [200, 'NotEnoughOperationFunds', 'AMOUNT_TOO_HIGH'],
    [400, ' notenoughoperationfunds ', 'AMOUNT_TOO_HIGH'],
    [400, 'Signature key is not exists or partner have not access to API', 'CREDENTIALS_REFUSED'],
    [401, null, 'CREDENTIALS_REFUSED'],
    [401, 'NotEnoughOperationFunds', 'CREDENTIALS_REFUSED'],
    [400, 'BadRequest', 'REQUEST_MALFORMED'],
    [415, null, 'REQUEST_MALFORMED'],
  ])('%i %j is %s', (httpStatus, message, code) => {
    expect(ruleFor(httpStatus, message)?.meaning.code).toBe(code);
  });

  it.each([
    [200, 'BadRequest'],
    [200, null],
    [400, null],
    [400, 'Not enough funds'],
    [403, 'Signature key is not exists'],
    [429, 'NotEnoughOperationFunds'],
  ])('%i %j is not listed', (httpStatus, message) => {
    expect(ruleFor(httpStatus, message)).toBeNull();
  });
});
