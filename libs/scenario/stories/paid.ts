import { PAYMENT_PLACEHOLDER } from '../plan.ts';
import type { ProviderScript } from '../provider-script.ts';
import { completed, major, story, type Fields, type Scene, type ScenePayment, type Story } from '../scene.ts';

/** A part of the payment, leaving something; a multiple of ten minor units. */
function part(scene: Scene, payment: ScenePayment, parts = 2): number {
  return scene.random.int(10, Math.floor(payment.minor / 10 / parts)) * 10;
}

const full = (payment: ScenePayment): Fields => ({ amount: major(payment.minor, payment.currency) });
const whole = (payment: ScenePayment) => completed(payment.minor, payment.currency);

function fullIn(currency?: string): (scene: Scene) => void {
  return (scene) => {
    const payment = scene.payment('captured', currency);
    scene.request(payment, full(payment), whole(payment));
  };
}

function repeated(times: number): (scene: Scene) => void {
  return (scene) => {
    const payment = scene.payment();
    const body = scene.request(payment, full(payment), whole(payment));
    for (let time = 0; time < times; time += 1) scene.send(payment, body, { fate: 'duplicate' });
  };
}

/** The same content with other bytes: keys in another order, a trailing zero less, null for absent, a field nobody knows. */
function rewritten(scene: Scene): void {
  const payment = scene.payment(
    'captured',
    undefined,
    scene.random.int(100, scene.script.minorMax / 100) * 100 - 50,
  );
  const body = scene.request(payment, full(payment), whole(payment));
  const reversed = Object.fromEntries(Object.entries(body).toReversed());
  const shorter = full(payment)['amount'] as string;
  scene.send(
    payment,
    { ...reversed, amount: shorter.replace(/0$/, ''), account: null, sentAgain: true },
    { fate: 'duplicate' },
  );
}

/** Three parts that together are at most the payment. */
function severalParts(scene: Scene): void {
  const payment = scene.payment();
  for (let index = 0; index < 3; index += 1) {
    const minor = part(scene, payment, 3);
    scene.request(payment, { amount: major(minor, payment.currency) }, completed(minor, payment.currency));
  }
}

/** Five fifths at once: exactly everything, and nothing may be refused. */
function fiveFifths(scene: Scene): void {
  const fifth = scene.random.int(20, 5000) * 10;
  const payment = scene.payment('captured', undefined, fifth * 5);
  for (let index = 0; index < 5; index += 1) {
    scene.request(payment, { amount: major(fifth, payment.currency) }, completed(fifth, payment.currency));
  }
}

function partThenRest(scene: Scene): void {
  const payment = scene.payment();
  const first = part(scene, payment);
  scene.request(payment, { amount: major(first, payment.currency) }, completed(first, payment.currency));
  scene.request(payment, {}, completed(payment.minor - first, payment.currency));
}

/** Not settled yet, and all of it asked for: taken back, or refunded if the settlement comes first. Nothing else may ask for a part of it. */
const unsettled = story('not-settled-yet', 1, 3, (scene) => {
  const payment = scene.payment('unsettled');
  scene.request(payment, full(payment), whole(payment));
});

const PAID: readonly [Story, ...Story[]] = [
  story('full', 1, 30, fullIn()),
  story('part', 1, 12, (scene) => {
    const payment = scene.payment();
    const minor = part(scene, payment);
    scene.request(payment, { amount: major(minor, payment.currency) }, completed(minor, payment.currency));
  }),
  story('amount-omitted', 1, 8, (scene) => {
    const payment = scene.payment();
    scene.request(payment, {}, whole(payment));
  }),
  story('several-parts', 3, 5, severalParts),
  story('five-fifths', 5, 2, fiveFifths),
  story('part-then-rest', 2, 4, partThenRest),
  story('repeated', 1, 6, repeated(1)),
  story('repeated-five-times', 1, 1, repeated(5)),
  story('repeated-in-other-words', 1, 3, rewritten),
  story('expected-remaining', 1, 2, (scene) => {
    const payment = scene.payment();
    const expectedRemaining = major(payment.minor, payment.currency);
    scene.request(payment, { ...full(payment), expectedRemaining }, whole(payment));
  }),
  story('structured-event', 1, 2, (scene) => {
    const payment = scene.payment();
    scene.request(payment, full(payment), whole(payment), { structured: true });
  }),
  story('repeated-headers', 1, 1, (scene) => {
    const payment = scene.payment();
    scene.request(payment, full(payment), whole(payment), {
      headers: { ce_type: ['RefundRequested', 'RefundRequested'] },
    });
  }),
  story('traced', 1, 2, (scene) => {
    const payment = scene.payment();
    scene.request(payment, full(payment), whole(payment), {
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
  }),
  story('payment-in-words-of-the-caller', 1, 1, (scene) => {
    const payment = scene.payment();
    const metadata = { note: `Rückerstattung für ${PAYMENT_PLACEHOLDER} — ürün iade ✓`, sku: 'A-1' };
    scene.request(payment, { ...full(payment), metadata, reason: 'zu spät geliefert' }, whole(payment));
  }),
  story(
    'settled-by-the-bank',
    1,
    4,
    (scene) => {
      const payment = scene.payment();
      scene.request(payment, full(payment), whole(payment), { bank: 'settle' });
    },
    'bank',
  ),
];

/** Requests that end with money on its way back, in every form the contract allows and in every currency of the provider. */
export function paidStories(script: ProviderScript): readonly [Story, ...Story[]] {
  return [
    ...PAID,
    ...script.otherCurrencies.map((currency) => story(`paid-in-${currency}`, 1, 1, fullIn(currency))),
    ...(Object.keys(script.paymentFields('unsettled', script.currency)).length === 0 ? [] : [unsettled]),
  ];
}
