import type { Pool, PoolClient } from 'pg';
import { columnsOf } from './binary-array.ts';
import { run, type Database } from './database.ts';
import type { CallRow, DecisionRow, RefundView, SettleRow } from './rows.ts';
import { DECIDE, decideValues } from './statements/decide.ts';
import { LOOK_AGAIN, LOOK_AGAIN_COLUMNS } from './statements/look-again.ts';
import {
  LIST_REVIEWS,
  READ_ATTEMPTS,
  READ_BEHIND,
  READ_OWNER,
  READ_REVIEW,
  TOTAL_REVIEWS,
} from './statements/reviews.ts';
import { TAKE_OVER } from './statements/take-over.ts';
import { viewOf, type ViewRow } from './view-row.ts';
import { inTransaction } from './transaction.ts';

export interface ReviewFilter {
  readonly provider?: string;
  readonly account?: string;
  readonly reason?: string;
}

/** One refund in review as a list shows it. Times Unix milliseconds, amounts decimal text. */
export interface ReviewSummary {
  readonly refundId: string;
  readonly provider: string;
  readonly account: string;
  readonly paymentId: string;
  /** Null where it was omitted and never decided. */
  readonly amount: string | null;
  readonly currency: string;
  readonly sinceMs: number;
  readonly reason: string | null;
  /** What may have moved; null: as much as is unknown. */
  readonly atRisk: string | null;
  readonly providerRefundId: string | null;
  /** Of the last attempt. */
  readonly reference: string | null;
  readonly keyed: boolean;
}

export interface ReviewTotal {
  readonly currency: string;
  readonly refunds: number;
  readonly atRisk: string;
  /** Refunds of these whose amount nobody knows; they are not in `atRisk`. */
  readonly unknownAmounts: number;
}

export interface ReviewDetail {
  readonly attempts: readonly {
    readonly attemptNo: number;
    readonly action: string;
    readonly key: string | null;
    readonly reference: string;
    readonly amount: string;
    readonly currency: string;
    readonly armedAtMs: number;
    readonly keyUntilMs: number | null;
    readonly fencedAtMs: number | null;
  }[];
  /** Refunds of the payment in its lane, the first of them. */
  readonly others: readonly {
    readonly refundId: string;
    readonly state: string;
    readonly amount: string | null;
    readonly waitingFor: string | null;
  }[];
  readonly othersCount: number;
}

/** A refund as it stands; null for `fencedMsAgo` where none of its attempts was fenced. */
export interface ReviewView {
  readonly view: RefundView;
  /** The merchant identity at the provider. */
  readonly merchant: string;
  readonly fencedMsAgo: number | null;
}

/** `refundId` null: it is recorded as made elsewhere, for none of ours. */
export interface Owner {
  readonly paymentNo: string;
  readonly refundId: string | null;
}

const PAGE = 500;
const OTHERS_MAX = 20;

/** What people read of refunds in review, and how their decisions are written. Nothing here is on the path's connections. */
export class ReviewStore {
  private readonly reads: Pool;
  private readonly writes: Pool;

  constructor(database: Database) {
    this.reads = database.pool('report', 1);
    this.writes = database.pool('path', 1);
  }

  /** Null when the refundId was never seen. */
  async read(refundId: string): Promise<ReviewView | null> {
    const [row] = await run<ReviewRow>(this.reads, READ_REVIEW, [refundId]);
    if (row === undefined) return null;
    return { view: viewOf(row), merchant: row.merchant, fencedMsAgo: numberOrNull(row.fenced_ago_ms) };
  }

  /** Page by page, so that a long queue costs neither side its memory. `nothingMoved`: reasons after which nothing is at risk. */
  async *list(filter: ReviewFilter, nothingMoved: readonly string[]): AsyncGenerator<ReviewSummary> {
    let behind = ['0', 0] as [string, number];
    for (;;) {
      const values = [...filterValues(filter, nothingMoved), ...behind, PAGE];
      const rows = await run<SummaryRow>(this.reads, LIST_REVIEWS, values);
      for (const row of rows) yield summaryOf(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      behind = [last.payment_no, last.ordinal];
    }
  }

  async totals(filter: ReviewFilter, nothingMoved: readonly string[]): Promise<readonly ReviewTotal[]> {
    const rows = await run<{ currency: string; refunds: string; at_risk: string; unknown: string }>(
      this.reads,
      TOTAL_REVIEWS,
      filterValues(filter, nothingMoved),
    );
    return rows.map((row) => ({
      currency: row.currency,
      refunds: Number(row.refunds),
      atRisk: row.at_risk,
      unknownAmounts: Number(row.unknown),
    }));
  }

  async detail({ paymentNo, ordinal }: RefundView): Promise<ReviewDetail> {
    const attempts = await run<AttemptRow>(this.reads, READ_ATTEMPTS, [paymentNo, ordinal]);
    const others = await run<OtherRow>(this.reads, READ_BEHIND, [paymentNo, ordinal, OTHERS_MAX]);
    return {
      attempts: attempts.map((row) => ({
        attemptNo: row.attempt_no,
        action: row.action,
        key: row.key,
        reference: row.reference,
        amount: row.amount,
        currency: row.currency,
        armedAtMs: Number(row.armed_ms),
        keyUntilMs: numberOrNull(row.key_until_ms),
        fencedAtMs: numberOrNull(row.fenced_ms),
      })),
      others: others.map((row) => ({
        refundId: row.refund_id,
        state: row.state,
        amount: row.amount,
        waitingFor: row.waiting_for,
      })),
      othersCount: Number(others[0]?.all ?? 0),
    };
  }

  /** False when the payment has moved on, or another refund owns what is to be bound: nothing was written then, the call neither. */
  async decide(row: SettleRow, decision: DecisionRow): Promise<boolean> {
    return await inTransaction(
      this.writes,
      async (client) => {
        if (decision.takesOver && !(await takeOver(client, row))) return false;
        const version = row.version + Number(decision.takesOver);
        const { name, text } = DECIDE;
        const values = decideValues({ ...row, version }, decision);
        const { rowCount } = await client.query({ name, text, values });
        return rowCount === 1;
      },
      (isApplied) => isApplied,
    );
  }

  /** Keeps a call that decides nothing by itself. */
  async keepCall({ paymentNo, ordinal }: RefundView, call: CallRow): Promise<void> {
    const kept = { paymentNo, ordinal, lookUpToken: '0', dueMs: 0, call, evidenceOnly: true };
    await run(this.writes, LOOK_AGAIN, columnsOf(LOOK_AGAIN_COLUMNS, [kept]));
  }

  /** Who owns a provider refund; null when nobody does. */
  async ownerOf(merchantNo: number, providerRefundId: string): Promise<Owner | null> {
    const values = [merchantNo, providerRefundId];
    const [owner] = await run<{ payment_no: string; refund_id: string | null }>(
      this.reads,
      READ_OWNER,
      values,
    );
    return owner === undefined ? null : { paymentNo: owner.payment_no, refundId: owner.refund_id };
  }
}

/** In the transaction of the decision. False: the payment has moved on, or the provider refund is somebody else's by now. */
async function takeOver(client: PoolClient, row: SettleRow): Promise<boolean> {
  const { merchantNo, bind, paymentNo, ordinal, version } = row;
  const { name, text } = TAKE_OVER;
  const values = [merchantNo, bind, paymentNo, ordinal, version, 'person'];
  const { rows } = await client.query<{ moved: boolean }>({ name, text, values });
  return rows[0]?.moved === true;
}

function filterValues(filter: ReviewFilter, nothingMoved: readonly string[]): unknown[] {
  return [filter.provider ?? null, filter.account ?? null, filter.reason ?? null, nothingMoved];
}

interface ReviewRow extends ViewRow {
  merchant: string;
  fenced_ago_ms: string | null;
}

interface SummaryRow {
  payment_no: string;
  ordinal: number;
  refund_id: string;
  provider: string;
  account: string;
  payment_id: string;
  currency: string;
  amount: string | null;
  at_risk: string | null;
  reason: string | null;
  since_ms: string;
  provider_refund_id: string | null;
  reference: string | null;
  keyed: boolean;
}

function summaryOf(row: SummaryRow): ReviewSummary {
  return {
    refundId: row.refund_id,
    provider: row.provider,
    account: row.account,
    paymentId: row.payment_id,
    amount: row.amount,
    currency: row.currency,
    sinceMs: Number(row.since_ms),
    reason: row.reason,
    atRisk: row.at_risk,
    providerRefundId: row.provider_refund_id,
    reference: row.reference,
    keyed: row.keyed,
  };
}

interface AttemptRow {
  attempt_no: number;
  action: string;
  key: string | null;
  reference: string;
  amount: string;
  currency: string;
  armed_ms: string;
  key_until_ms: string | null;
  fenced_ms: string | null;
}

interface OtherRow {
  refund_id: string;
  state: string;
  amount: string | null;
  waiting_for: string | null;
  all: string;
}

function numberOrNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}
