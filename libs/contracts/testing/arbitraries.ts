import fc from 'fast-check';
import { LIMITS, PROVIDERS } from '../index.ts';
import { clip } from '../rules.ts';

type Fields = Record<string, unknown>;

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
/** Text without digits, so that no card number appears by chance. */
const text = (charactersMax: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', maxLength: Math.floor(charactersMax / 8) })
    .map((value) => clip(value.replaceAll(/\d/g, '#'), charactersMax));

const amount = fc.oneof(
  fc.stringMatching(/^[1-9]\d{0,14}$/),
  fc.stringMatching(/^[1-9]\d{0,14}\.\d{1,2}$/),
  fc.stringMatching(/^0\.\d[1-9]$/),
);

const metadata = fc.dictionary(
  text(LIMITS.metadataKeyCharactersMax),
  text(LIMITS.metadataValueCharactersMax),
  {
    maxKeys: LIMITS.metadataPairsMax,
  },
);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

/** A request that the contract accepts. All currencies in it have two decimals. */
export function acceptableRequest(): fc.Arbitrary<Fields> {
  return fc.record(
    {
      refundId: id,
      provider: fc.constantFrom(...PROVIDERS),
      paymentId: id,
      currency: fc.constantFrom('INR', 'RUB', 'USD', 'EUR'),
      account: optional(text(LIMITS.nameCharactersMax)),
      amount: optional(amount),
      reason: optional(text(LIMITS.textCharactersMax)),
      requestedBy: optional(text(LIMITS.textCharactersMax)),
      orderId: optional(text(LIMITS.textCharactersMax)),
      expectedRemaining: optional(fc.oneof(amount, fc.constantFrom('0', '0.00'))),
      metadata: optional(metadata),
      providerOptions: optional(fc.dictionary(text(20), fc.oneof(text(20), fc.boolean(), fc.constant(null)))),
    },
    { requiredKeys: ['refundId', 'provider', 'paymentId', 'currency'] },
  );
}

const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-0',
    '1e2',
    '0x1F',
    '10.555',
    '1000000000000000',
    '4111 1111 1111 1111',
    'usd',
    'JPY',
    'KWD',
    'XXX',
  ),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.nat({ max: 300 }).map((length) => 'ä'.repeat(length)),
  fc.nat({ max: 300 }).map((length) => '\u{1F4B3}'.repeat(length)),
  fc.nat({ max: 300 }).map((length) => '\u2764\uFE0F'.repeat(length)),
  fc.bigInt({ min: 2n * 10n ** 12n, max: 10n ** 19n - 1n }).map(String),
);

/** Any JSON value of bounded depth. */
export function anyJson(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 4 });
}

/** An acceptable request in which a few fields were replaced by anything, from plausible mistakes to any JSON. */
export function almostRequest(): fc.Arbitrary<Fields> {
  const field = fc.constantFrom(
    'account',
    'amount',
    'currency',
    'expectedRemaining',
    'metadata',
    'orderId',
    'paymentId',
    'provider',
    'providerOptions',
    'reason',
    'refundId',
    'requestedBy',
    'unknownField',
  );
  const value = fc.oneof(
    oddText,
    amount,
    fc.stringMatching(/^[1-9]\d{0,2}\.\d{3,5}$/),
    anyJson(),
    fc.dictionary(fc.oneof(oddText, id), fc.oneof(oddText, anyJson()), { maxKeys: 18 }),
  );
  return fc
    .tuple(acceptableRequest(), fc.array(fc.tuple(field, value), { maxLength: 3 }))
    .map(([request, changes]) => ({ ...request, ...Object.fromEntries(changes) }));
}
