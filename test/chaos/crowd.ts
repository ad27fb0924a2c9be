import { Decimal } from 'decimal.js';
import {
  isBooked,
  PAYMENT_PLACEHOLDER,
  RUN_HEADER,
  SCRIPTS,
  type BookedRefund,
  type Observed,
  type PlannedMessage,
  type PlannedPayment,
  type PlannedRefund,
  type Random,
  type ScenarioProvider,
} from '#libs/scenario';

/** Many parts asked of one payment at once, together more than there is: which of them fit is decided by whoever comes first. */
export interface Crowd {
  readonly payments: readonly PlannedPayment[];
  /** `end` says how it ends if it fits. */
  readonly refunds: readonly PlannedRefund[];
  /** In no order that matters. */
  readonly messages: readonly PlannedMessage[];
  /** What somebody gives back of these payments at the provider itself before anything is asked for. */
  readonly elsewhere: readonly GivenElsewhere[];
}

export interface GivenElsewhere {
  readonly payment: string;
  readonly amount: string;
}

const PAYMENTS = 3;
const CAPTURED = '100.00';

export function planCrowd(random: Random, provider: ScenarioProvider, runId: string): Crowd {
  const { currency } = SCRIPTS[provider];
  const payments: PlannedPayment[] = [];
  const refunds: PlannedRefund[] = [];
  const messages: PlannedMessage[] = [];
  for (let no = 0; no < PAYMENTS; no += 1) {
    const payment = `crowd${String(no)}`;
    payments.push({
      ref: payment,
      amount: CAPTURED,
      currency,
      kind: 'captured',
      fields: SCRIPTS[provider].paymentFields('captured', currency),
      paymentId: null,
    });
    for (let part = random.int(4, 9); part > 0; part -= 1) {
      const refundId = `rf_${runId}_c${String(refunds.length).padStart(4, '0')}`;
      const amount = new Decimal(random.int(30, 400)).div(10).toFixed(2);
      const end = { state: 'completed', amount } as const;
      refunds.push({ refundId, story: 'crowd', payment, wave: 'main', end, bank: null });
      messages.push(message({ refundId, provider, payment, amount, currency, runId }));
    }
  }
  // Where anybody with the keys can, and the books tell it apart from ours.
  const [first] = payments;
  const isPossible = provider === 'razorpay' && first !== undefined;
  const elsewhere = isPossible
    ? [{ payment: first.ref, amount: new Decimal(random.int(100, 500)).div(10).toFixed(2) }]
    : [];
  return { payments, refunds, messages, elsewhere };
}

function message(of: {
  readonly refundId: string;
  readonly provider: string;
  readonly payment: string;
  readonly amount: string;
  readonly currency: string;
  readonly runId: string;
}): PlannedMessage {
  const { refundId, provider, amount, currency } = of;
  const body = { refundId, provider, paymentId: PAYMENT_PLACEHOLDER, amount, currency };
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_type: 'RefundRequested',
    ce_id: `${of.runId}-${refundId}`,
    ce_source: '/orders/crowd',
    [RUN_HEADER]: of.runId,
  };
  return {
    story: 'crowd',
    payment: of.payment,
    wave: 'main',
    fate: 'first',
    body: { text: JSON.stringify(body) },
    headers: Object.entries(headers),
  };
}

/**
 * `booked` without what was given back elsewhere. What is wrong with a crowd's payments when nothing is under way any more: more given back than captured, another set of parts booked than completed,
 * a part refused that would have fitted, or one that nobody decided and nothing holds up.
 */
export function checkCrowd(
  crowd: Crowd,
  observed: Observed,
  booked: readonly BookedRefund[],
  paymentIds: ReadonlyMap<string, string>,
): readonly string[] {
  return crowd.payments.flatMap((payment) => {
    const paymentId = paymentIds.get(payment.ref);
    const there = booked.filter((refund) => refund.paymentId === paymentId && isBooked(refund));
    const ours = crowd.refunds
      .filter((refund) => refund.payment === payment.ref)
      .map((refund) => ({ refund, amount: amountOf(refund), end: endOf(observed, refund.refundId) }));
    const elsewhere = sum(
      crowd.elsewhere.filter((given) => given.payment === payment.ref).map(({ amount }) => amount),
    );
    return checkPayment(payment, there, ours, new Decimal(payment.amount).minus(elsewhere));
  });
}

type End = 'completed' | 'rejected' | 'failed' | 'review' | null;

interface Part {
  readonly refund: PlannedRefund;
  readonly amount: string;
  readonly end: End;
}

function checkPayment(
  payment: PlannedPayment,
  booked: readonly BookedRefund[],
  parts: readonly Part[],
  ours: Decimal,
): readonly string[] {
  const wrong: string[] = [];
  const given = sum(booked.map(({ amount }) => amount));
  if (given.gt(ours))
    wrong.push(`payment ${payment.ref}: ${ours.toFixed(2)} to give back, given back ${given.toFixed()}`);
  const inReview = parts.filter(({ end }) => end === 'review');
  const left = booked.map(({ amount }) => new Decimal(amount).toFixed(2));
  for (const { refund, amount, end } of parts) {
    const who = `${refund.refundId} (${refund.story} of ${payment.ref}, ${amount})`;
    if (end === 'completed' && !takeOut(left, amount)) wrong.push(`${who}: completed, but not booked`);
    if (end === 'failed') wrong.push(`${who}: failed, and not because it did not fit`);
    if (end === null && inReview.length === 0) wrong.push(`${who}: no event says how it ended`);
  }
  // Whether the money of one in review left is what the person has to find out.
  for (const { amount } of inReview) takeOut(left, amount);
  if (left.length > 0)
    wrong.push(`payment ${payment.ref}: booked for none of ours, or twice: ${left.join(', ')}`);
  const open = sum(inReview.map(({ amount }) => amount));
  const completed = sum(parts.filter(({ end }) => end === 'completed').map(({ amount }) => amount));
  const rest = ours.minus(completed).minus(open);
  for (const { refund, amount, end } of parts)
    if (end === 'rejected' && rest.gte(amount))
      wrong.push(`${refund.refundId}: refused for ${amount} although ${rest.toFixed(2)} is left`);
  return wrong;
}

function amountOf({ end }: PlannedRefund): string {
  return end.state === 'completed' ? end.amount : '0';
}

function endOf(observed: Observed, refundId: string): End {
  const result = observed.results.get(refundId)?.at(-1);
  if (result?.type === 'RefundCompleted') return 'completed';
  if (result !== undefined) {
    const failure = result.body['failure'] as { readonly kind?: unknown } | undefined;
    return failure?.kind === 'rejected' ? 'rejected' : 'failed';
  }
  return observed.statuses.get(refundId)?.at(-1)?.body['state'] === 'review' ? 'review' : null;
}

function takeOut(amounts: string[], amount: string): boolean {
  const at = amounts.indexOf(amount);
  if (at >= 0) amounts.splice(at, 1);
  return at >= 0;
}

function sum(amounts: readonly string[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));
}
