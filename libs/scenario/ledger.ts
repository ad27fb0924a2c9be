import { Decimal } from 'decimal.js';
import { groupBooked, isBooked, type Books } from './booked.ts';
import type { Observed, ObservedEvent } from './observed.ts';
import type { Plan, PlannedEnd, PlannedRefund } from './plan.ts';
import type { BookedRefund } from './sandbox-client.ts';

/** What a run comes to. Written to `out/demo/summary.json` with exactly these names. */
export interface Summary {
  readonly bus: 'kafka' | 'embedded';
  readonly requested: number;
  readonly completed: number;
  readonly failed: number;
  readonly pending: number;
  readonly review: number;
  readonly deadLetters: number;
  readonly duplicatesAbsorbed: number;
  readonly providerRefunds: number;
  readonly doubleRefunds: number;
  readonly lost: number;
  readonly overRefunded: number;
  readonly seconds: number;
}

export interface LedgerCheck {
  readonly summary: Summary;
  /** Everything in which plan, events and books disagree; empty when they are one. */
  readonly differences: readonly string[];
}

type End = 'completed' | 'failed' | 'pending' | 'review';

/**
 * Compares three sources that know nothing of each other: the plan, the published events, and the sandbox's books. The processor's own
 * tables are never asked.
 *
 * A refund is lost when no event says how it stands, or when an event says completed and the provider booked nothing.
 */
export function checkLedger(
  plan: Plan,
  observed: Observed,
  books: Books,
  run: { readonly bus: Summary['bus']; readonly duplicatesAbsorbed: number; readonly seconds: number },
): LedgerCheck {
  const differences: string[] = [];
  const booked = groupBooked(plan, books, differences);
  const ends = { completed: 0, failed: 0, pending: 0, review: 0 };
  let lost = 0;
  let doubleRefunds = 0;
  for (const refund of plan.refunds) {
    const ours = booked.get(refund.refundId) ?? [];
    const end = endOf(observed, refund.refundId);
    const missing = end === null || (end.state === 'completed' && ours.length === 0);
    if (missing) lost += 1;
    else ends[end.state] += 1;
    if (ours.length > 1) doubleRefunds += 1;
    differences.push(
      ...compare(refund, end, ours, plan.mayNeedPerson),
      ...order(refund.refundId, observed.statuses.get(refund.refundId) ?? []),
    );
  }
  if (observed.deadLetters.length !== plan.deadLetters) {
    differences.push(
      `dead letters: ${String(plan.deadLetters)} planned, ${String(observed.deadLetters.length)} found`,
    );
  }
  if (run.duplicatesAbsorbed < plan.duplicates) {
    differences.push(
      `duplicates: ${String(plan.duplicates)} sent, ${String(run.duplicatesAbsorbed)} absorbed`,
    );
  }
  const summary: Summary = {
    bus: run.bus,
    requested: plan.refunds.length,
    ...ends,
    deadLetters: observed.deadLetters.length,
    duplicatesAbsorbed: run.duplicatesAbsorbed,
    providerRefunds: books.refunds.filter(isBooked).length,
    doubleRefunds,
    lost,
    overRefunded: countOverRefunded(plan, books, differences),
    seconds: run.seconds,
  };
  return { summary, differences };
}

/** Several providers' checks as one; `duplicatesAbsorbed` and `seconds` are counted for all of them together. */
export function sumOf(
  checks: readonly LedgerCheck[],
  run: { readonly bus: Summary['bus']; readonly duplicatesAbsorbed: number; readonly seconds: number },
): LedgerCheck {
  const sum = (name: keyof Omit<Summary, 'bus'>): number =>
    checks.reduce((total, { summary }) => total + summary[name], 0);
  const summary: Summary = {
    bus: run.bus,
    requested: sum('requested'),
    completed: sum('completed'),
    failed: sum('failed'),
    pending: sum('pending'),
    review: sum('review'),
    deadLetters: sum('deadLetters'),
    duplicatesAbsorbed: run.duplicatesAbsorbed,
    providerRefunds: sum('providerRefunds'),
    doubleRefunds: sum('doubleRefunds'),
    lost: sum('lost'),
    overRefunded: sum('overRefunded'),
    seconds: run.seconds,
  };
  const differences = checks.flatMap((check) => check.differences);
  const planned = sum('duplicatesAbsorbed');
  if (run.duplicatesAbsorbed < planned)
    differences.push(`duplicates: ${String(planned)} sent, ${String(run.duplicatesAbsorbed)} absorbed`);
  return { summary, differences };
}

/** How a refund stands by the last event that says so: a result is final, otherwise the status snapshot. Null when none does. */
function endOf(
  observed: Observed,
  refundId: string,
): { readonly state: End; readonly event: ObservedEvent } | null {
  const result = last(observed.results.get(refundId));
  if (result?.type === 'RefundCompleted') return { state: 'completed', event: result };
  if (result?.type === 'RefundFailed') return { state: 'failed', event: result };
  const status = last(observed.statuses.get(refundId));
  const state = status?.body['state'];
  if (status !== undefined && (state === 'pending' || state === 'review')) return { state, event: status };
  return null;
}

function last(events: readonly ObservedEvent[] | undefined): ObservedEvent | undefined {
  return events?.reduce((latest, event) => (event.sequence >= latest.sequence ? event : latest));
}

function compare(
  refund: PlannedRefund,
  end: { readonly state: End; readonly event: ObservedEvent } | null,
  booked: readonly BookedRefund[],
  mayNeedPerson: boolean,
): readonly string[] {
  const who = `${refund.refundId} (${refund.story})`;
  if (end === null) return [`${who}: no event says how it ended`];
  const found: string[] = [];
  const one = booked[0];
  if (end.state === 'failed' && one !== undefined) found.push(`${who}: failed, but ${one.id} is booked`);
  if (booked.length > 1) found.push(`${who}: paid ${String(booked.length)} times`);
  if (end.state === 'completed') {
    if (one === undefined) found.push(`${who}: completed, but nothing is booked`);
    else if (!sameAmount(one.amount, end.event.body['amount'])) {
      found.push(`${who}: completed with ${String(end.event.body['amount'])}, booked ${one.amount}`);
    }
  }
  const unlike = mayNeedPerson && end.state === 'review' ? null : unlikePlan(refund.end, end);
  return unlike === null ? found : [...found, `${who}: ${unlike}`];
}

function unlikePlan(
  planned: PlannedEnd,
  end: { readonly state: End; readonly event: ObservedEvent },
): string | null {
  const { body } = end.event;
  if (planned.state !== end.state) {
    return `planned to end ${planned.state}, but is ${end.state}${codeOf(body) === null ? '' : ` (${String(codeOf(body))})`}`;
  }
  if (planned.state === 'completed') {
    return body['amount'] === planned.amount
      ? null
      : `planned ${planned.amount}, completed with ${String(body['amount'])}`;
  }
  const failure = failureOf(body);
  if (planned.kind !== null && failure['kind'] !== planned.kind) {
    return `planned to be ${planned.kind}, but is ${String(failure['kind'])} (${String(failure['code'])})`;
  }
  if (planned.code !== null && failure['code'] !== planned.code) {
    return `planned code ${planned.code}, but it is ${String(failure['code'])}`;
  }
  return null;
}

function failureOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return (body['failure'] ?? {}) as Readonly<Record<string, unknown>>;
}

function codeOf(body: Readonly<Record<string, unknown>>): string | null {
  const { code } = failureOf(body);
  return typeof code === 'string' ? code : null;
}

/** Snapshots may repeat; without the repetitions they count 1, 2, 3 … */
function order(refundId: string, statuses: readonly ObservedEvent[]): readonly string[] {
  let next = 1;
  for (const { sequence } of statuses) {
    if (sequence > next) {
      return [`${refundId}: status ${String(sequence)} was published before status ${String(next)}`];
    }
    if (sequence === next) next += 1;
  }
  return [];
}

/** Payments from which more was given back than was captured, by the plan's amounts and the books alone. */
function countOverRefunded(plan: Plan, books: Books, differences: string[]): number {
  const sums = new Map<string, Decimal>();
  for (const refund of books.refunds) {
    if (!isBooked(refund)) continue;
    sums.set(refund.paymentId, (sums.get(refund.paymentId) ?? new Decimal(0)).plus(refund.amount));
  }
  let over = 0;
  for (const payment of plan.payments) {
    const sum = sums.get(books.paymentIds.get(payment.ref) ?? '');
    if (sum === undefined) continue;
    const captured = payment.kind === 'captured' || payment.kind === 'unsettled' ? payment.amount : '0';
    if (!sum.gt(captured)) continue;
    over += 1;
    differences.push(`payment ${payment.ref}: captured ${captured}, given back ${sum.toFixed()}`);
  }
  return over;
}

function sameAmount(a: string, b: unknown): boolean {
  return typeof b === 'string' && new Decimal(a).eq(b);
}
