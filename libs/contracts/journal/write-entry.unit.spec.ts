import { hash } from 'node:crypto';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import type { VisibleState } from '#libs/refund';
import { BOOK_NAMES } from '../../../test/support/book-names.ts';
import {
  coreOf,
  digestOf,
  digestOfFreeText,
  eventAmount,
  freeTextIn,
  freeTextOf,
  linesOf,
  writeEntry,
  type Change,
  type Line,
  type RefundFacts,
} from '../index.ts';

const SALT = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const metadata = fc.dictionary(
  fc.oneof(anyText, fc.constantFrom('10', '2', '__proto__', 'requestedBy')),
  anyText,
  { maxKeys: 5 },
);
const parts = fc.record({ requestedBy: fc.option(anyText), reason: fc.option(anyText), metadata });

const facts = fc
  .record({
    id: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    text: anyText,
    mode: fc.constantFrom('live' as const, 'test' as const),
    orderId: fc.option(anyText),
    parts,
  })
  .map(({ id, text, mode, orderId, parts: free }): RefundFacts => ({
    refundId: id,
    provider: 'razorpay',
    account: text,
    mode,
    paymentId: id,
    amount: '10.50',
    currency: 'INR',
    orderId,
    requestEventId: text,
    ...freeTextOf(free, SALT),
  }));

const states = fc.constantFrom<VisibleState>(
  'requested',
  'pending',
  'unknown',
  'review',
  'completed',
  'failed',
  'reversed',
);

const change = fc
  .record({
    state: states,
    sequence: fc.integer({ min: 1, max: 1_000 }),
    text: anyText,
    refused: fc.boolean(),
  })
  .map(({ state, sequence, text, refused }): Change => ({
    sequence,
    occurredAt: '2026-01-02T03:04:05.678Z',
    state,
    waitingFor: state === 'requested' ? 'turn' : null,
    attempts: sequence,
    providerRefundId: refused ? null : text,
    failure:
      state === 'failed'
        ? {
            kind: 'declined',
            code: 'PROVIDER_DECLINED',
            message: text,
            ...(refused && { provider: { code: text, text } }),
            actBy: 'merchant',
            mayRequestAgain: refused,
          }
        : null,
    action: 'refund',
    references: refused ? {} : { arn: text, utr: text },
    remaining: refused ? null : '0.00',
    lines: linesOf(
      { provider: 'razorpay', account: text, mode: 'live', amount: '10.50', currency: 'INR' },
      'completed',
      BOOK_NAMES,
    ),
    reverses: 'rf_1.2',
  }));

describe('a journal entry', () => {
  it('has a digest that can be recomputed from the stored bytes, before and after the free text was erased', () => {
    fc.assert(
      fc.property(facts, change, (given, made) => {
        const entry = writeEntry(given, made);
        expect(entry.digest).toHaveLength(32);
        expect(digestOf(entry.status, entry.result, given.freeDigest)).toEqual(entry.digest);
        const erased = entry.result === null ? null : coreOf(entry.result);
        expect(digestOf(coreOf(entry.status), erased, given.freeDigest)).toEqual(entry.digest);
      }),
      { numRuns: 300 },
    );
  });

  it('has another digest when any character of the stored core or the free digest was changed', () => {
    const [given] = fc.sample(facts, { numRuns: 1, seed: 1 });
    const entry = writeEntry(given as RefundFacts, {
      ...(fc.sample(change, { numRuns: 1, seed: 1 })[0] as Change),
      state: 'completed',
    });
    const digest = entry.digest.toString('hex');
    const freeDigest = (given as RefundFacts).freeDigest;
    const changed = (text: string | null): string => (text ?? '').replace('"10.50"', '"10.51"');
    expect(digestOf(changed(entry.status), entry.result, freeDigest).toString('hex')).not.toBe(digest);
    expect(digestOf(entry.status, changed(entry.result), freeDigest).toString('hex')).not.toBe(digest);
    expect(digestOf(entry.status, null, freeDigest).toString('hex')).not.toBe(digest);
    expect(
      digestOf(
        entry.status,
        entry.result,
        freeDigest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      ).toString('hex'),
    ).not.toBe(digest);
  });

  it('carries the free text last, from where it can be read and checked against its digest', () => {
    fc.assert(
      fc.property(parts, facts, change, (free, given, made) => {
        const { freeText, freeDigest } = freeTextOf(free, SALT);
        const entry = writeEntry({ ...given, freeText, freeDigest }, made);
        for (const event of [entry.status, entry.result].filter((text) => text !== null)) {
          expect(freeTextIn(event)).toBe(freeText);
          expect(event.endsWith(freeText === '' ? '}' : `,${freeText}}`)).toBe(true);
          expect(digestOfFreeText(freeTextIn(event), SALT)).toBe(freeDigest);
          const read = JSON.parse(event) as Record<string, unknown>;
          expect(read['requestedBy']).toBe(free.requestedBy ?? undefined);
          expect(read['reason']).toBe(free.reason ?? undefined);
          expect(JSON.stringify(read['metadata'] ?? {})).toBe(JSON.stringify(free.metadata));
        }
      }),
    );
  });

  it('is a pure function of its facts and change', () => {
    fc.assert(
      fc.property(facts, change, (given, made) => {
        expect(writeEntry(structuredClone(given), structuredClone(made))).toEqual(writeEntry(given, made));
      }),
    );
  });

  it('has a result exactly when the refund ended', () => {
    fc.assert(
      fc.property(facts, change, (given, made) => {
        const types = {
          completed: 'RefundCompleted',
          failed: 'RefundFailed',
          reversed: 'RefundReversed',
        } as const;
        const expected = made.state in types ? types[made.state as keyof typeof types] : null;
        const entry = writeEntry(given, made);
        expect(entry.resultType).toBe(expected);
        expect(entry.result === null).toBe(expected === null);
      }),
    );
  });

  it('refuses to publish an ending without its substance', () => {
    const [given] = fc.sample(facts, 1) as [RefundFacts];
    const [made] = fc.sample(change, 1) as [Change];
    expect(() => writeEntry(given, { ...made, state: 'failed', failure: null })).toThrow(
      'a failed refund has a failure',
    );
    expect(() => writeEntry(given, { ...made, state: 'completed', lines: [] })).toThrow('accounting lines');
    expect(() => writeEntry(given, { ...made, state: 'reversed', reverses: null })).toThrow(
      'names its completion',
    );
  });
});

describe('free text', () => {
  it('is digested behind its salt', () => {
    const { freeText, freeDigest } = freeTextOf(
      { requestedBy: 'ann', reason: null, metadata: { k: 'v' } },
      SALT,
    );
    expect(freeText).toBe('"requestedBy":"ann","metadata":{"k":"v"}');
    expect(freeDigest).toBe(hash('sha256', Buffer.concat([SALT, Buffer.from(freeText)]), 'hex'));
    expect(
      freeTextOf({ requestedBy: 'ann', reason: null, metadata: { k: 'v' } }, Buffer.alloc(16)).freeDigest,
    ).not.toBe(freeDigest);
  });

  it('is empty when nobody wrote any', () => {
    expect(freeTextOf({ requestedBy: null, reason: null, metadata: {} }, SALT).freeText).toBe('');
  });
});

describe('accounting lines', () => {
  const given = {
    provider: 'razorpay',
    account: 'india-main',
    mode: 'live',
    amount: '10.50',
    currency: 'INR',
  } as const;
  const sum = (lines: readonly Line[], side: 'debit' | 'credit'): Decimal =>
    lines.reduce(
      (total, line) => total.plus(side in line ? ((line as Record<string, string>)[side] ?? 0) : 0),
      new Decimal(0),
    );

  it('debit the refunds and credit the provider when completed', () => {
    expect(linesOf(given, 'completed', BOOK_NAMES)).toEqual([
      { account: 'refunds:razorpay:india-main', debit: '10.50', currency: 'INR' },
      { account: 'provider:razorpay:india-main', credit: '10.50', currency: 'INR' },
    ]);
  });

  it('balance, and a reversal takes back exactly what the completion booked', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[1-9]\d{0,14}\.\d\d$/),
        fc.constantFrom('live' as const, 'test' as const),
        (amount, mode) => {
          const completed = linesOf({ ...given, amount, mode }, 'completed', BOOK_NAMES);
          const reversed = linesOf({ ...given, amount, mode }, 'reversed', BOOK_NAMES);
          for (const lines of [completed, reversed]) {
            expect(sum(lines, 'debit').toFixed(2)).toBe(amount);
            expect(sum(lines, 'credit').toFixed(2)).toBe(amount);
          }
          for (const { account } of completed) {
            const ofAccount = [...completed, ...reversed].filter((line) => line.account === account);
            expect(sum(ofAccount, 'debit').minus(sum(ofAccount, 'credit')).isZero()).toBe(true);
          }
        },
      ),
    );
  });

  it('of test money are on accounts of their own', () => {
    for (const line of linesOf({ ...given, mode: 'test' }, 'completed', BOOK_NAMES))
      expect(line.account).toMatch(/^test:/);
  });

  it('of money given back elsewhere have an account of their own', () => {
    expect(linesOf(given, 'external', BOOK_NAMES)).toEqual([
      { account: 'external:razorpay:india-main', debit: '10.50', currency: 'INR' },
      { account: 'provider:razorpay:india-main', credit: '10.50', currency: 'INR' },
    ]);
    expect(linesOf(given, 'externalReturned', BOOK_NAMES).map(({ account }) => account)).toEqual([
      'provider:razorpay:india-main',
      'external:razorpay:india-main',
    ]);
  });

  it('are named as the installation names its books', () => {
    const books = { ...BOOK_NAMES, refunds: 'expenses:{currency}:{account}', provider: 'assets:{provider}' };
    const named = linesOf({ ...given, account: '$&' }, 'completed', books);
    expect(named.map(({ account }) => account)).toEqual(['expenses:INR:$&', 'assets:razorpay']);
  });

  it('need an amount and an account', () => {
    expect(() => linesOf({ ...given, amount: null }, 'completed', BOOK_NAMES)).toThrow('invariant');
    expect(() => linesOf({ ...given, account: null }, 'completed', BOOK_NAMES)).toThrow('invariant');
  });
});

describe('an amount in an event', () => {
  it.each([
    ['10.5', 'INR', '10.50'],
    ['10', 'INR', '10.00'],
    ['10', 'JPY', '10'],
    ['0.001', 'KWD', '0.001'],
    ['10', 'KWD', '10.000'],
    ['10.555', 'INR', '10.555'],
    ['10.5', 'XXX', '10.5'],
    ['10.5', '', '10.5'],
    [null, 'INR', null],
  ])('%s %s is shown as %s', (amount, currency, expected) => {
    expect(eventAmount(amount, currency)).toBe(expected);
  });
});
