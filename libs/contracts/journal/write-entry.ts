import { hash } from 'node:crypto';
import { invariant, type Failure, type References, type VisibleState, type WaitingFor } from '#libs/refund';
import type { ResultType } from '../rules.ts';
import { coreOf } from './free-text.ts';
import type { Line } from './lines.ts';
import type { RefundFacts } from './refund-facts.ts';

/** One change that a caller can see. `completedAt` and `lines` matter for completed, `lines` and `reverses` for reversed, `failure` for failed. */
export interface Change {
  readonly sequence: number;
  /** ISO 8601 with milliseconds, UTC. */
  readonly occurredAt: string;
  readonly state: VisibleState;
  readonly waitingFor?: WaitingFor | null;
  readonly nextActionAt?: string | null;
  readonly attempts: number;
  readonly providerRefundId: string | null;
  readonly failure: Failure | null;
  readonly action: 'refund' | 'void';
  readonly references: References;
  /** When the provider says it was completed; `occurredAt` when absent. */
  readonly completedAt?: string | null;
  readonly remaining: string | null;
  readonly lines: readonly Line[];
  /** `ce_id` of the RefundCompleted that a reversal takes back. */
  readonly reverses?: string | null;
}

export interface JournalEntry {
  readonly sequence: number;
  /** The RefundStatusChanged, as its bytes go out. */
  readonly status: string;
  /** The RefundCompleted, RefundFailed or RefundReversed of this change, when it has one. */
  readonly result: string | null;
  readonly resultType: ResultType | null;
  /** 32 bytes: SHA-256 of the two texts without free text, and the free text's digest. */
  readonly digest: Buffer;
}

/** Writes the events of one change. Pure: the same facts and change give the same bytes. */
export function writeEntry(facts: RefundFacts, change: Change): JournalEntry {
  const head = headOf(facts, change);
  const statusCore = `${head}${statusOf(change)}`;
  const resultType = resultTypeOf(change.state);
  const resultCore = resultType === null ? null : `${head}${resultOf(change, resultType)}`;
  const end = facts.freeText === '' ? '}' : `,${facts.freeText}}`;
  return {
    sequence: change.sequence,
    status: `${statusCore}${end}`,
    result: resultCore === null ? null : `${resultCore}${end}`,
    resultType,
    digest: digestOfCores(`${statusCore}}`, resultCore === null ? '' : `${resultCore}}`, facts.freeDigest),
  };
}

/** The digest recomputed from what is stored, before or after an erasure. Equal to the entry's own, or the bytes were changed. */
export function digestOf(status: string, result: string | null, freeDigest: string): Buffer {
  return digestOfCores(coreOf(status), result === null ? '' : coreOf(result), freeDigest);
}

function digestOfCores(status: string, result: string, freeDigest: string): Buffer {
  return hash('sha256', `${status}\n${result}\n${freeDigest}`, 'buffer');
}

/** Everything up to the members of the single event, without the closing brace. Order of members is part of format 1. */
function headOf(facts: RefundFacts, change: Change): string {
  return open({
    refundId: facts.refundId,
    provider: facts.provider,
    account: facts.account,
    mode: facts.mode,
    paymentId: facts.paymentId,
    amount: facts.amount,
    currency: facts.currency,
    orderId: facts.orderId ?? undefined,
    requestEventId: facts.requestEventId,
    sequence: change.sequence,
    occurredAt: change.occurredAt,
  });
}

function statusOf(change: Change): string {
  return more({
    state: change.state,
    version: change.sequence,
    waitingFor: change.waitingFor ?? undefined,
    nextActionAt: change.nextActionAt ?? undefined,
    attempts: change.attempts,
    providerRefundId: change.providerRefundId ?? undefined,
    failure: change.failure === null ? undefined : failureOf(change.failure),
  });
}

function resultOf(change: Change, type: ResultType): string {
  switch (type) {
    case 'RefundCompleted':
      invariant(change.lines.length > 0, 'a completed refund has accounting lines');
      return more({
        action: change.action,
        providerRefundId: change.providerRefundId,
        references: referencesOf(change.references),
        completedAt: change.completedAt ?? change.occurredAt,
        remaining: change.remaining,
        lines: change.lines,
      });
    case 'RefundFailed':
      invariant(change.failure !== null, 'a failed refund has a failure');
      return more({ failedAt: change.occurredAt, failure: failureOf(change.failure) });
    case 'RefundReversed':
      invariant(
        typeof change.reverses === 'string' && change.lines.length > 0,
        'a reversal names its completion and has lines',
      );
      return more({ reversedAt: change.occurredAt, reverses: change.reverses, lines: change.lines });
  }
}

function resultTypeOf(state: VisibleState): ResultType | null {
  switch (state) {
    case 'completed':
      return 'RefundCompleted';
    case 'failed':
      return 'RefundFailed';
    case 'reversed':
      return 'RefundReversed';
    case 'requested':
    case 'pending':
    case 'unknown':
    case 'review':
      return null;
  }
}

/** Members in the contract's order, whoever made the object. */
function failureOf({ kind, code, message, provider, actBy, mayRequestAgain }: Failure): unknown {
  const refusal = provider === undefined ? undefined : { code: provider.code, text: provider.text };
  return { kind, code, message, provider: refusal, actBy, mayRequestAgain };
}

function referencesOf({ arn, rrn, utr }: References): unknown {
  return { arn, rrn, utr };
}

function open(members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(members).slice(0, -1);
}

function more(members: Readonly<Record<string, unknown>>): string {
  return `,${JSON.stringify(members).slice(1, -1)}`;
}
