import type { ProviderScript } from '../provider-script.ts';
import {
  completed,
  major,
  rejected,
  story,
  type Fields,
  type Scene,
  type ScenePayment,
  type Story,
} from '../scene.ts';

function refusedFor(name: string, code: string | null, fields: (payment: ScenePayment) => Fields): Story {
  return story(name, 1, 1, (scene) => {
    const payment = scene.payment();
    scene.request(payment, { amount: '20.00', ...fields(payment) }, rejected(code));
  });
}

function amount(name: string, value: unknown, code: string): Story {
  return refusedFor(`amount-${name}`, code, () => ({ amount: value }));
}

function tooMuchTogether(scene: Scene): void {
  const payment = scene.payment();
  const first = Math.ceil(payment.minor / 10 / 2 + 1) * 10;
  scene.request(payment, { amount: major(first, payment.currency) }, completed(first, payment.currency));
  scene.request(payment, { amount: major(first, payment.currency) }, rejected('EXCEEDS_REMAINING'));
}

function alreadyRefunded(fields: Fields): (scene: Scene) => void {
  return (scene) => {
    const payment = scene.payment();
    scene.request(
      payment,
      { amount: major(payment.minor, payment.currency) },
      completed(payment.minor, payment.currency),
    );
    // Our own sums say NOTHING_LEFT; a reading taken in between says ALREADY_REFUNDED.
    scene.request(payment, fields, rejected(null));
  };
}

/** A refundId that is taken stays taken: another content under it goes to the dead letters, whatever became of the first. */
const CONFLICT = { fate: { deadLetter: 'CONFLICTING_DUPLICATE' } } as const;

function conflict(change: Fields, wave: 'main' | 'bank'): (scene: Scene) => void {
  return (scene) => {
    const payment = scene.payment();
    const body = scene.request(
      payment,
      { amount: major(payment.minor, payment.currency) },
      completed(payment.minor, payment.currency),
    );
    scene.send(payment, { ...body, ...change }, { ...CONFLICT, wave });
  };
}

function conflictAfterRejection(scene: Scene): void {
  const payment = scene.payment();
  const body = scene.request(payment, { amount: '-5.00' }, rejected('AMOUNT_NOT_POSITIVE'));
  scene.send(payment, { ...body, amount: '5.00' }, CONFLICT);
}

/** What our own rules refuse: each ends as RefundFailed, kind `rejected`. */
const REJECTED: readonly Story[] = [
  story('more-than-captured', 1, 4, (scene) => {
    const payment = scene.payment();
    scene.request(
      payment,
      { amount: major(payment.minor + 10, payment.currency) },
      rejected('EXCEEDS_REMAINING'),
    );
  }),
  story('too-much-together', 2, 4, tooMuchTogether),
  story('already-refunded', 2, 3, alreadyRefunded({})),
  story('already-refunded-part', 2, 2, alreadyRefunded({ amount: '1.00' })),
  story('unknown-payment', 1, 4, (scene) => {
    scene.request(scene.payment('unknown'), { amount: '50.00' }, rejected('PAYMENT_NOT_FOUND'));
  }),
  story('not-captured', 1, 2, (scene) => {
    scene.request(scene.payment('authorized'), { amount: '20.00' }, rejected('PAYMENT_NOT_CAPTURED'));
  }),
  amount('as-number', 10.5, 'AMOUNT_NOT_A_STRING'),
  amount('exponent', '1e2', 'AMOUNT_MALFORMED'),
  amount('minus-zero', '-0', 'AMOUNT_NOT_POSITIVE'),
  amount('negative', '-5.00', 'AMOUNT_NOT_POSITIVE'),
  amount('zero', '0.00', 'AMOUNT_NOT_POSITIVE'),
  amount('too-precise', '10.501', 'AMOUNT_TOO_PRECISE'),
  amount('too-large', '1234567890123456.00', 'AMOUNT_TOO_LARGE'),
  refusedFor('currency-malformed', 'CURRENCY_MALFORMED', () => ({ currency: 'rupees' })),
  refusedFor('currency-unlisted', 'CURRENCY_UNLISTED', () => ({ currency: 'XTS' })),
  story('currency-of-another-payment', 1, 1, (scene) => {
    const { currency, code } = scene.script.foreign;
    scene.request(scene.payment(), { amount: '20.00', currency }, rejected(code));
  }),
  refusedFor('provider-unknown', 'PROVIDER_UNKNOWN', () => ({ provider: 'paypall' })),
  refusedFor('account-unknown', 'ACCOUNT_UNKNOWN', () => ({ account: 'atlantis' })),
  refusedFor('expected-remaining-differs', 'EXPECTED_REMAINING_MISMATCH', (payment) => ({
    expectedRemaining: major(payment.minor + 100, payment.currency),
  })),
  refusedFor('card-number-in-metadata', 'CARD_NUMBER_IN_TEXT', () => ({
    metadata: { note: 'card 4111 1111 1111 1111' },
  })),
  refusedFor('metadata-too-many', 'METADATA_TOO_MANY', () => ({
    metadata: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${String(index)}`, 'v'])),
  })),
  refusedFor('reason-too-long', 'FIELD_TOO_LONG', () => ({ reason: 'x'.repeat(256) })),
  refusedFor('reason-not-text', 'FIELD_TYPE', () => ({ reason: 7 })),
  refusedFor('options-unknown', null, () => ({ providerOptions: { warp: 9 } })),
];

/** What the provider refuses at once: an amount of its own kind, of a payment that has it. */
const refusedAtOnce = story('refused-by-the-provider', 1, 3, (scene) => {
  const end = { state: 'failed', kind: 'declined', code: 'PROVIDER_DECLINED' } as const;
  const payment = scene.payment('captured', undefined, 900_000);
  scene.request(payment, { amount: scene.script.declinedAmount }, end);
});

/** What the provider accepts and its bank refuses later. */
const refusedLater = story(
  'refused-by-the-bank',
  1,
  3,
  (scene) => {
    const payment = scene.payment();
    const end = { state: 'failed', ...scene.script.bank.refused } as const;
    scene.request(payment, { amount: major(payment.minor, payment.currency) }, end, { bank: 'refuse' });
  },
  'bank',
);

const CONFLICTING: readonly Story[] = [
  story('conflicting-amount', 1, 4, conflict({ amount: '1.00' }, 'main')),
  story('conflicting-and-invalid-afterwards', 1, 2, conflict({ amount: 'lots' }, 'bank')),
  story('conflicting-after-rejection', 1, 1, conflictAfterRejection),
];

/** Requests that end without money: refused by our rules, by the provider, or laid aside. */
export function refusedStories(script: ProviderScript): readonly Story[] {
  const atOnce = script.declinedAmount === null ? [] : [refusedAtOnce];
  return [...REJECTED, ...atOnce, refusedLater, ...CONFLICTING];
}
