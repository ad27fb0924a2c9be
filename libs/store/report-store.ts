import type { Pool } from 'pg';
import { IS_STOPPED } from './account-store.ts';
import type { Database } from './database.ts';
import type { Erasure } from './erasure-store.ts';
import type { RefundView } from './rows.ts';
import { REFUND_JOINS, refundView } from './statements/refund-view.ts';
import { viewOf, type ViewRow } from './view-row.ts';

/** One refund as a person wants to see it: what is known, what happened, what is next. Times Unix milliseconds. */
export interface RefundReport {
  readonly refund: RefundView;
  readonly origin: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly recordAtMs: number;
  };
  readonly journal: readonly {
    readonly sequence: number;
    readonly occurredAtMs: number;
    readonly cause: string;
    readonly status: string;
    readonly result: string | null;
    readonly resultType: string | null;
    readonly published: boolean;
  }[];
  readonly calls: readonly {
    readonly attemptNo: number;
    readonly verb: string;
    readonly startedAtMs: number;
    readonly durationMs: number;
    readonly httpStatus: number | null;
    readonly answer: string;
    readonly verdict: string;
    /** What the provider was asked for, and what it showed as left of the payment, where that was kept. */
    readonly asked: string | null;
    readonly leftThere: string | null;
    readonly late: boolean;
  }[];
  /** When the lane is due; null when nothing waits in it, `parked` until something else happens. */
  readonly lane: {
    readonly dueAtMs: number | null;
    readonly parked: boolean;
    readonly headRefundId: string;
  } | null;
  readonly lookUp: { readonly dueAtMs: number; readonly tries: number } | null;
  readonly leased: boolean;
  /** `untilMs`: when the stop ends or, where it stopped by itself, when it is tried next. */
  readonly accountStopped: {
    readonly by: string | null;
    readonly reason: string | null;
    readonly byItself: boolean;
    readonly untilMs: number | null;
  } | null;
  /** Money that moved for refunds of the payment which had ended without it, each stops the payment until it is released; or, with an empty `relatedRefundId`, a refund that is none of ours. */
  readonly external: readonly {
    readonly providerRefundId: string;
    readonly relatedRefundId: string;
    readonly amount: string;
    readonly shown: string;
    readonly seenAtMs: number;
    readonly released: { readonly atMs: number; readonly by: string; readonly reason: string } | null;
  }[];
  /** What people decided about it. `sequence`: the change that it made. */
  readonly decisions: readonly {
    readonly sequence: number | null;
    readonly as: string;
    readonly by: string;
    readonly reason: string;
    readonly evidence: string;
    readonly shown: string;
    readonly forced: boolean;
    readonly atMs: number;
  }[];
  /** Its free text is gone; null: it is not, or there was none to erase. */
  readonly erased: Erasure | null;
}

export interface StateCount {
  readonly state: string;
  readonly refunds: number;
}

/** What waits, in rows. A refund in review keeps being looked up, so it is counted among the look-ups too; one that has ended and is read again is not. */
export interface Queues {
  readonly outbox: number;
  readonly lookUps: number;
  readonly reviews: readonly {
    readonly provider: string;
    readonly reason: string;
    readonly refunds: number;
  }[];
  readonly deadLetters: number;
  readonly accounts: readonly {
    readonly provider: string;
    readonly name: string;
    readonly lanes: number;
    readonly stopped: boolean;
  }[];
}

/** Reads for people and gauges, on plans of their own, never on the path's connections. */
export class ReportStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 2);
  }

  /** Null when the refundId was never seen. */
  async refund(refundId: string): Promise<RefundReport | null> {
    const found = await this.pool.query<ViewRow>(
      `select ${refundView('p')}
       from refundry.refund_id w
       join refundry.payment p on p.merchant_no = w.merchant_no and p.payment_id = w.payment_id
       join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = w.refund_id ${REFUND_JOINS}
       where w.refund_id = $1`,
      [refundId],
    );
    const row = found.rows[0];
    if (row === undefined) return null;
    const refund = viewOf(row);
    const [origin, journal, calls, external, decisions, erased, now] = await Promise.all([
      this.origin(refundId),
      this.journal(refund),
      this.calls(refund),
      this.external(refund),
      this.decisions(refund),
      this.erased(refund),
      this.next(refund),
    ]);
    return { refund, origin, journal, calls, external, decisions, erased, ...now };
  }

  /** False when the database does not answer. */
  async isReachable(): Promise<boolean> {
    try {
      await this.pool.query('select 1');
      return true;
    } catch {
      return false;
    }
  }

  async states(): Promise<readonly StateCount[]> {
    const { rows } = await this.pool.query<{ state: string; refunds: string }>(
      'select state, count(*) as refunds from refundry.refund group by state order by state',
    );
    return rows.map((row) => ({ state: row.state, refunds: Number(row.refunds) }));
  }

  /** Depths of the queues, for gauges: each a count over rows that wait, never over all refunds. */
  async queues(): Promise<Queues> {
    const { rows } = await this.pool.query<Record<'outbox' | 'look_ups' | 'dead_letters', string>>(
      `select (select count(*) from refundry.outbox) as outbox, (select count(*) from refundry.look_up where not reread) as look_ups,
         (select count(*) from refundry.dead_letter where published_at is null) as dead_letters`,
    );
    const lanes = await this.pool.query<{ provider: string; name: string; lanes: string; stopped: boolean }>(
      `select a.provider, a.name, ${IS_STOPPED} as stopped,
         (select count(*) from refundry.lane l where l.account_no = a.account_no) as lanes
       from refundry.account a where a.account_no > 0`,
    );
    const reviews = await this.pool.query<{ provider: string; reason: string; refunds: string }>(
      `select a.provider, coalesce(r.review_reason, '') as reason, count(*) as refunds
       from refundry.look_up l join refundry.refund r using (payment_no, ordinal) join refundry.account a on a.account_no = r.account_no
       where r.state = 'review' and not l.reread group by 1, 2`,
    );
    const row = rows[0];
    return {
      outbox: Number(row?.outbox ?? 0),
      lookUps: Number(row?.look_ups ?? 0),
      reviews: reviews.rows.map((one) => ({ ...one, refunds: Number(one.refunds) })),
      deadLetters: Number(row?.dead_letters ?? 0),
      accounts: lanes.rows.map((one) => ({ ...one, lanes: Number(one.lanes) })),
    };
  }

  private async erased({ paymentNo, ordinal }: RefundView): Promise<Erasure | null> {
    const { rows } = await this.pool.query<{ erased_ms: string; erased_by: string; reason: string }>(
      `select (extract(epoch from erased_at) * 1000)::bigint as erased_ms, erased_by, reason from refundry.erasure where payment_no = $1 and ordinal = $2`,
      [paymentNo, ordinal],
    );
    const row = rows[0];
    return row === undefined ? null : { atMs: Number(row.erased_ms), by: row.erased_by, reason: row.reason };
  }

  private async origin(refundId: string): Promise<RefundReport['origin']> {
    const { rows } = await this.pool.query<{
      topic: string;
      partition: number;
      record_offset: string;
      record_ms: string;
    }>(
      `select topic, partition, record_offset, (extract(epoch from record_at) * 1000)::bigint as record_ms from refundry.refund_id where refund_id = $1`,
      [refundId],
    );
    const row = rows[0];
    return {
      topic: row?.topic ?? '',
      partition: row?.partition ?? 0,
      offset: Number(row?.record_offset ?? 0),
      recordAtMs: Number(row?.record_ms ?? 0),
    };
  }

  private async journal({ paymentNo, ordinal }: RefundView): Promise<RefundReport['journal']> {
    const { rows } = await this.pool.query<{
      sequence: number;
      occurred_ms: string;
      cause: string;
      status: string;
      result: string | null;
      result_type: string | null;
      published: boolean;
    }>(
      `select j.sequence, (extract(epoch from j.occurred_at) * 1000)::bigint as occurred_ms, j.cause, j.status, j.result, j.result_type,
         not exists (select from refundry.outbox o where o.payment_no = j.payment_no and o.ordinal = j.ordinal and o.sequence = j.sequence) as published
       from refundry.journal j where j.payment_no = $1 and j.ordinal = $2 order by j.sequence`,
      [paymentNo, ordinal],
    );
    return rows.map((row) => ({
      sequence: row.sequence,
      occurredAtMs: Number(row.occurred_ms),
      cause: row.cause,
      status: row.status,
      result: row.result,
      resultType: row.result_type,
      published: row.published,
    }));
  }

  private async calls({ paymentNo, ordinal }: RefundView): Promise<RefundReport['calls']> {
    const { rows } = await this.pool.query<{
      attempt_no: number;
      verb: string;
      started_ms: string;
      duration_ms: number;
      http_status: number | null;
      answer: string;
      verdict: string;
      asked: string | null;
      left_there: string | null;
      late: boolean;
    }>(
      `select attempt_no, verb, (extract(epoch from started_at) * 1000)::bigint as started_ms, duration_ms, http_status, answer, verdict,
         asked, left_there::text, late
       from refundry.call where payment_no = $1 and ordinal = $2 order by call_no`,
      [paymentNo, ordinal],
    );
    return rows.map((row) => ({
      attemptNo: row.attempt_no,
      verb: row.verb,
      startedAtMs: Number(row.started_ms),
      durationMs: row.duration_ms,
      httpStatus: row.http_status,
      answer: row.answer,
      verdict: row.verdict,
      asked: row.asked,
      leftThere: row.left_there,
      late: row.late,
    }));
  }

  private async external({ paymentNo }: RefundView): Promise<RefundReport['external']> {
    const { rows } = await this.pool.query<{
      provider_refund_id: string;
      related_refund_id: string;
      amount: string;
      shown: string;
      seen_ms: string;
      released_ms: string | null;
      released_by: string;
      released_reason: string;
    }>(
      `select provider_refund_id, related_refund_id, amount::text, shown, (extract(epoch from seen_at) * 1000)::bigint as seen_ms,
         (extract(epoch from released_at) * 1000)::bigint as released_ms, released_by, released_reason
       from refundry.external_refund where payment_no = $1 order by seen_at`,
      [paymentNo],
    );
    return rows.map((row) => ({
      providerRefundId: row.provider_refund_id,
      relatedRefundId: row.related_refund_id,
      amount: row.amount,
      shown: row.shown,
      seenAtMs: Number(row.seen_ms),
      released:
        row.released_ms === null
          ? null
          : { atMs: Number(row.released_ms), by: row.released_by, reason: row.released_reason },
    }));
  }

  private async decisions({ paymentNo, ordinal }: RefundView): Promise<RefundReport['decisions']> {
    const { rows } = await this.pool.query<
      Omit<RefundReport['decisions'][number], 'as' | 'atMs'> & { decided_as: string; at_ms: string }
    >(
      `select sequence, decided_as, decided_by as by, reason, evidence, shown, forced, (extract(epoch from decided_at) * 1000)::bigint as at_ms
       from refundry.decision where payment_no = $1 and ordinal = $2 order by decision_no`,
      [paymentNo, ordinal],
    );
    return rows.map(({ decided_as: as, at_ms: atMs, ...row }) => ({ ...row, as, atMs: Number(atMs) }));
  }

  private async next(
    refund: RefundView,
  ): Promise<Pick<RefundReport, 'lane' | 'lookUp' | 'leased' | 'accountStopped'>> {
    const { rows } = await this.pool.query<{
      due_ms: string | null;
      parked: boolean | null;
      head: string | null;
      look_ms: string | null;
      tries: number | null;
      leased: boolean;
      stopped: boolean;
      stopped_by: string | null;
      stopped_reason: string | null;
      by_itself: boolean;
      until_ms: string | null;
    }>(
      `select case when isfinite(l.due_at) then (extract(epoch from l.due_at) * 1000)::bigint end as due_ms, not isfinite(l.due_at) as parked,
         (select h.refund_id from refundry.refund h where h.payment_no = p.payment_no and h.ordinal >= p.lane_floor and h.in_lane order by h.ordinal limit 1) as head,
         (extract(epoch from u.due_at) * 1000)::bigint as look_ms, u.tries, p.lease_until > now() as leased,
         ${IS_STOPPED} as stopped, a.stop_kind is not null as by_itself, a.stopped_by, a.stopped_reason,
         case when isfinite(a.stopped_until) then (extract(epoch from a.stopped_until) * 1000)::bigint end as until_ms
       from refundry.payment p join refundry.account a on a.account_no = $3 left join refundry.lane l using (payment_no)
       left join refundry.look_up u on u.payment_no = p.payment_no and u.ordinal = $2
       where p.payment_no = $1`,
      [refund.paymentNo, refund.ordinal, refund.accountNo],
    );
    const row = rows[0];
    const number = (text: string | null | undefined): number | null =>
      text === null || text === undefined ? null : Number(text);
    const lookMs = number(row?.look_ms);
    return {
      lane:
        !refund.inLane || row?.head == null
          ? null
          : { dueAtMs: number(row.due_ms), parked: row.parked === true, headRefundId: row.head },
      lookUp: lookMs === null ? null : { dueAtMs: lookMs, tries: row?.tries ?? 0 },
      leased: row?.leased === true,
      accountStopped:
        row?.stopped === true
          ? {
              by: row.stopped_by,
              reason: row.stopped_reason,
              byItself: row.by_itself,
              untilMs: number(row.until_ms),
            }
          : null,
    };
  }
}
