import { ValidateBy, type ValidationArguments } from 'class-validator';
import { AMOUNT, currencyDecimals } from '#libs/refund';
import { holdsCardNumber } from '../card-number.ts';
import { CURRENCY, decimalsUsed, fits, LIMITS, normaliseAmount } from '../rules.ts';

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Rules of the contract that class-validator's own decorators lack or define differently, each with the JSON Schema that says the same as far as a schema can. */
const converters = new Map<string, (constraints: readonly unknown[]) => JsonSchema>();

/** The schema of each decorator of this file, by its name. */
export const CONVERTERS: ReadonlyMap<string, (constraints: readonly unknown[]) => JsonSchema> = converters;

function rule(
  name: string,
  says: string,
  validate: (value: unknown, args: ValidationArguments | undefined) => boolean,
  schema: (constraints: readonly unknown[]) => JsonSchema,
): (...constraints: unknown[]) => PropertyDecorator {
  converters.set(name, schema);
  return (...constraints) =>
    ValidateBy({ name, constraints, validator: { validate, defaultMessage: () => `$property ${says}` } });
}

function limitOf(args: ValidationArguments | undefined): number {
  return Number(args?.constraints[0]);
}

/** Text of at most so many characters (code points, as JSON Schema counts; class-validator's MaxLength counts otherwise). */
export const TextUpTo: (charactersMax: number) => PropertyDecorator = rule(
  'textUpTo',
  'must be a string within its length',
  (value, args) => typeof value === 'string' && fits(value, limitOf(args)),
  ([charactersMax]) => ({ type: 'string', maxLength: charactersMax }),
);

/** Text, or null where the value does not exist; the field itself is always there. */
export const TextOrNull: () => PropertyDecorator = rule(
  'textOrNull',
  'must be a string or null',
  (value) => value === null || typeof value === 'string',
  () => ({ type: ['string', 'null'] }),
);

/** The wire form of amounts. */
export const IsAmount: () => PropertyDecorator = rule(
  'isAmount',
  'must be a plain decimal in a string',
  (value) => typeof value === 'string' && AMOUNT.test(value),
  () => ({ type: 'string', pattern: AMOUNT.source }),
);

export const AmountOrNull: () => PropertyDecorator = rule(
  'amountOrNull',
  'must be a plain decimal in a string, or null',
  (value) => value === null || (typeof value === 'string' && AMOUNT.test(value)),
  () => ({ type: ['string', 'null'], pattern: AMOUNT.source }),
);

export const IsMoreThanZero: () => PropertyDecorator = rule(
  'isMoreThanZero',
  'must be more than zero',
  (value) => typeof value === 'string' && !/^0(\.0*)?$/.test(value),
  () => ({ not: { type: 'string', pattern: '^0(\\.0*)?$' } }),
);

/** No more decimals than the currency beside it; says nothing when that is not listed. */
export const FitsCurrency: () => PropertyDecorator = rule(
  'fitsCurrency',
  'must not have more decimals than its currency',
  (value, args) => {
    const currency = (args?.object as { currency?: unknown } | undefined)?.currency;
    if (typeof value !== 'string' || typeof currency !== 'string') return true;
    return !AMOUNT.test(value) || decimalsUsed(normaliseAmount(value)) <= (currencyDecimals(currency) ?? 4);
  },
  () => ({}),
);

export const IsListedCurrency: () => PropertyDecorator = rule(
  'isListedCurrency',
  'must be a listed ISO 4217 currency',
  (value) => typeof value === 'string' && currencyDecimals(value) !== null,
  () => ({ type: 'string', pattern: CURRENCY.source }),
);

/** The caller's own pairs: texts by name, few and short. */
export const IsMetadata: () => PropertyDecorator = rule(
  'isMetadata',
  'must be an object of a few short strings',
  isMetadata,
  () => ({
    type: 'object',
    maxProperties: LIMITS.metadataPairsMax,
    propertyNames: { maxLength: LIMITS.metadataKeyCharactersMax },
    additionalProperties: { type: 'string', maxLength: LIMITS.metadataValueCharactersMax },
  }),
);

function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const pairs = Object.entries(value) as [string, unknown][];
  return (
    pairs.length <= LIMITS.metadataPairsMax &&
    pairs.every(
      ([key, text]) =>
        fits(key, LIMITS.metadataKeyCharactersMax) &&
        typeof text === 'string' &&
        fits(text, LIMITS.metadataValueCharactersMax),
    )
  );
}

/** Nothing that looks like a card number, at any depth. */
export const HoldsNoCardNumber: () => PropertyDecorator = rule(
  'holdsNoCardNumber',
  'must not hold a card number',
  (value) => !holdsCardNumber(value),
  () => ({}),
);
