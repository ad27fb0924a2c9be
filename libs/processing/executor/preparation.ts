import { attemptReference, type RefusedTask, type StoredAttempt } from '#libs/provider-kit';
import type { PaymentReading } from '#libs/refund';
import type { ArmRow, RefundView } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import { newAttemptBecause } from './new-attempt.ts';
import type { Standing } from './settlement.ts';
import { everyReference, isAlone, storedAttempt, taskOf } from './task.ts';

/** What is to be given back, and how. */
interface Decided {
  readonly sum: string;
  readonly action: 'refund' | 'void';
}

interface Prepared {
  readonly attempt: StoredAttempt;
  readonly attemptNo: number;
  /** A new attempt; otherwise the stored one again. */
  readonly fresh: boolean;
  readonly sameKeyForMs: number | null;
}

/** The stored attempt again, or a new one: only where none was made or the last one surely moved nothing and may not be sent again. */
export function prepareAttempt(
  view: RefundView,
  decided: Decided,
  reading: PaymentReading | null,
  account: ProcessingAccount,
): Prepared | RefusedTask {
  const because = newAttemptBecause(view.reviewReason);
  if (view.attempt !== null && because === null)
    return { attempt: storedAttempt(view), attemptNo: view.attemptNo, fresh: false, sameKeyForMs: null };
  const attemptNo = view.attemptNo + 1;
  const previous =
    view.attempt === null || because === null
      ? null
      : { content: view.attempt.content, key: view.attempt.key, because };
  const task = taskOf(view, decided.sum, decided.action);
  const prepared = account.submitter.prepare(account.account, task, reading, attemptNo, previous);
  if ('refused' in prepared) return prepared;
  const { sameKeyForMs, ...content } = prepared;
  return {
    attempt: { ...newAttempt(view, decided.sum, attemptNo, content.reference), ...content },
    attemptNo,
    fresh: true,
    sameKeyForMs,
  };
}

/**
 * What a look-up before the first call asks about: the attempt as it would be made, or as it is stored. Where rows may have been lost, any attempt may
 * have been paid: the first ones were refused then, and would be accepted, or replaced, once more.
 */
export function foreseenAttempt(view: RefundView, sum: string, account: ProcessingAccount): StoredAttempt {
  const attempt = nextAttempt(view, sum, account);
  return view.lookFirst ? { ...attempt, references: everyReference(view) } : attempt;
}

function nextAttempt(view: RefundView, sum: string, account: ProcessingAccount): StoredAttempt {
  if (view.attempt !== null) return storedAttempt(view);
  const prepared = prepareAttempt(view, { sum, action: 'refund' }, null, account);
  // What cannot be asked for was never sent as such, but an earlier release may have sent it: our reference is the same.
  if ('refused' in prepared) return newAttempt(view, sum, 1, attemptReference(view.refundId, 1));
  return prepared.attempt;
}

function newAttempt(view: RefundView, sum: string, attemptNo: number, reference: string): StoredAttempt {
  return {
    refundId: view.refundId,
    attemptNo,
    paymentId: view.paymentId,
    action: 'refund',
    key: null,
    reference,
    content: '',
    amount: sum,
    currency: view.currency,
    armedAtMs: Date.now(),
    providerRefundId: null,
    handle: null,
    references: [...new Set([...(view.attempt?.references ?? []), reference])],
    alone: isAlone(view),
  };
}

/** An attempt as the arming statement takes it. */
export function armRowOf(
  { view, version, token }: Standing,
  attempt: StoredAttempt,
  attemptNo: number,
  reading: PaymentReading | null,
  sameKeyForMs: number | null,
): ArmRow {
  return {
    paymentNo: view.paymentNo,
    ordinal: view.ordinal,
    token: token ?? '0',
    attemptNo,
    fresh: true,
    resend: false,
    sum: attempt.amount,
    expected: null,
    captured: reading?.captured.toFixed() ?? null,
    refundedTotal: reading?.refundedTotal?.toFixed() ?? null,
    currency: view.currency,
    paymentHandle: reading?.handle ?? null,
    version,
    action: attempt.action,
    key: attempt.key,
    reference: attempt.reference,
    content: attempt.content,
    sameKeyForMs,
  };
}
