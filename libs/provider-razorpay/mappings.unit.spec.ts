import { readFileSync } from 'node:fs';
import { mappingsOf, type MappingRow } from '#libs/provider-kit/testing';
import { description as sandboxWords } from '../../apps/sandbox/razorpay/errors.ts';
import { ERROR_TABLE, ruleFor, type ErrorRule } from './error-table.ts';
import { STATUS_WORDS } from './status-table.ts';
import { EVENTS } from './webhook.ts';

const tables = mappingsOf(readFileSync(new URL('MAPPINGS.md', import.meta.url), 'utf8'));

function rows(heading: string): readonly MappingRow[] {
  const table = tables.get(heading);
  if (table === undefined) throw new Error(`MAPPINGS.md has no table under "${heading}"`);
  return table;
}

const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no');

/** A rule as its row in MAPPINGS.md, without the column of sources. */
function rowOf({ words, at, httpStatuses, meaning }: ErrorRule): MappingRow {
  const declined = meaning.kind === 'declined' ? meaning : null;
  return {
    Description: words,
    Match: at,
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
    const sources = rows('Refusals').map(({ Source = '' }) => Source);
    expect(rows('Refusals')).toEqual(
      ERROR_TABLE.map((rule, at) => ({ ...rowOf(rule), Source: sources[at] })),
    );
  });

  it('names a source for every refusal', () => {
    const unsourced = rows('Refusals').filter(
      ({ Source = '' }) => !/^(MD|LLM|PR|test)(, (MD|LLM|PR|test))*$/.test(Source),
    );
    expect(unsourced).toEqual([]);
  });

  it.each([
    ['Refund entity', STATUS_WORDS.refund],
    ['Payment entity', STATUS_WORDS.payment],
  ])(
    '%s: has every status of the code with its meaning, and the code every status of it',
    (heading, words) => {
      const documented = rows(heading)
        .filter(({ status, Meaning }) => status !== undefined && Meaning !== 'unlisted')
        .map(({ status, Meaning }) => [status, Meaning]);
      expect(documented).toEqual(words);
    },
  );

  it('has every webhook event of the code, and the code every event of it', () => {
    const documented = rows('Webhooks').map(({ Event }) => Event);
    expect(documented).toEqual([...EVENTS, 'any other']);
  });
});

/** Words of the sandbox for what only a careless client gets, so that no rule of ours rests on a guess of the sandbox. */
const SANDBOX_ONLY = [
  'amountNoInteger',
  'lastDigitNotZero',
  'notesMissing',
  'speedInvalid',
  'receiptInvalid',
  'bodyUnreadable',
  'alreadyCaptured',
  'notAuthorized',
  'captureAmountDiffers',
];

/** Read by their status alone. */
const BY_STATUS = ['throttled', 'serverError'];

describe("the sandbox's words, which are the vendor's", () => {
  it('are all listed', () => {
    const unlisted = Object.entries(sandboxWords)
      .filter(([, words]) => [400, 401, 404, 409].every((status) => ruleFor(status, words) === null))
      .map(([name]) => name);
    expect(unlisted.toSorted()).toEqual([...SANDBOX_ONLY, ...BY_STATUS].toSorted());
  });
});
