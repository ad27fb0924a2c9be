import { readFileSync } from 'node:fs';
import { mappingsOf, type MappingRow } from '#libs/provider-kit/testing';
import { invalid } from '../../apps/sandbox/braintree/validation-errors.ts';
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
function rowOf({ validation, meaning }: ErrorRule): MappingRow {
  const declined = meaning.kind === 'declined' ? meaning : null;
  return {
    Validation: validation,
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

  it('has every status of the code with its meanings, and the code every status of it', () => {
    const documented = rows('Transaction statuses').map((row) => [
      row['Status'],
      { refund: row['As a refund'], payment: row['As a payment'] },
    ]);
    expect(documented).toEqual(STATUS_WORDS);
  });

  it('names a source for every refusal and status', () => {
    const unsourced = [...rows('Refusals'), ...rows('Transaction statuses')].filter(
      ({ Source = '' }) => !/^(DOC|GQL|SDK)$/.test(Source),
    );
    expect(unsourced).toEqual([]);
  });

  it('has every webhook event of the code, and the code every event of it', () => {
    expect(rows('Webhooks').map(({ Event }) => Event)).toEqual([...EVENTS, 'any other']);
  });
});

/** What only a sale, a capture or a simulated settlement meets. */
const NOT_OF_REFUNDS = [
  'cannotSubmit',
  'settlementAmountTooLarge',
  'cannotSimulateSettlement',
  'typeMissing',
  'typeUnknown',
  'instrumentMissing',
  'tokenUnknown',
  'nonceConsumed',
  'nonceUnknown',
];

describe("the sandbox's validation codes, which are the vendor's", () => {
  it('are all listed', () => {
    const unlisted = Object.entries(invalid)
      .filter(([, { code }]) => ruleFor([code]) === null)
      .map(([name]) => name);
    expect(unlisted.toSorted()).toEqual(NOT_OF_REFUNDS.toSorted());
  });
});

describe('the rule for several codes', () => {
  it.each([
    [['91506'], 'PAYMENT_NOT_SETTLED'],
    [['91506', '91521'], 'AMOUNT_TOO_HIGH'],
    [['81503', '91506'], 'REQUEST_MALFORMED'],
    [['91506', '915231'], 'KEY_REFUSED'],
    [['91563', '915235'], 'KEY_SERVER_ERROR'],
  ])('%j is %s', (validations, code) => {
    expect(ruleFor(validations)?.meaning.code).toBe(code);
    expect(ruleFor(validations.toReversed())?.meaning.code).toBe(code);
  });

  it.each([[[]], [['99999']], [['91506', '99999']], [['']]])('%j is not listed', (validations) => {
    expect(ruleFor(validations)).toBeNull();
  });

  it('has no code twice', () => {
    const codes = ERROR_TABLE.map(({ validation }) => validation);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
