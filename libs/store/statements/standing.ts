import type { StandingRow, StoredStanding } from '../rows.ts';
import type { Statement } from '../statement.ts';

export interface StandingView {
  account_no: number;
  standing_version: number;
  because: 'hand' | 'credentials' | 'balance' | null;
  left_ms: string | null;
  stop_turns: number;
  doubted_by: string | null;
  doubted_ago_ms: string | null;
  has_due: boolean;
}

/** How accounts ($1) stand; a stop by hand whose time is over is none. */
export const READ_STANDINGS: Statement = {
  name: 'read-standings',
  text: `
select a.account_no, a.standing_version, coalesce(a.stop_kind, case when a.stopped_until > now() then 'hand' end) as because,
  case when isfinite(a.stopped_until) then (extract(epoch from a.stopped_until - now()) * 1000)::bigint end as left_ms, a.stop_turns,
  a.doubted_by, (extract(epoch from now() - a.doubted_at) * 1000)::bigint as doubted_ago_ms,
  exists (select from refundry.lane l where l.account_no = a.account_no and l.due_at <= now()) as has_due
from unnest($1::int[]) as w(account_no) join refundry.account a using (account_no)`,
};

export function standingOf(row: StandingView): StoredStanding {
  const leftMs = row.left_ms === null ? Number.POSITIVE_INFINITY : Number(row.left_ms);
  return {
    accountNo: row.account_no,
    version: row.standing_version,
    hasDue: row.has_due,
    stop: row.because === null ? null : { because: row.because, leftMs, turns: row.stop_turns },
    doubt:
      row.doubted_by === null ? null : { refundId: row.doubted_by, ageMs: Number(row.doubted_ago_ms ?? 0) },
  };
}

/** Who is named where an account has stopped by itself. */
const ITSELF = 'itself';

/**
 * Writes one decided change of an account's standing ($3 stop, doubt or run), compared with the version it was decided on ($2). Many processes decide
 * at once: the first one counts, and whoever took a turn has it alone. What a person stopped is left alone.
 */
export const CHANGE_STANDING: Statement = {
  name: 'change-standing',
  text: `
update refundry.account set standing_version = standing_version + 1,
  stop_kind = case when $3 = 'stop' then $4 end,
  stop_turns = case when $3 = 'stop' then $5::int else 0 end,
  stopped_until = case when $3 = 'stop' then now() + $6::bigint * interval '1 millisecond' end,
  stopped_by = case when $3 = 'stop' then '${ITSELF}' end,
  stopped_reason = case when $3 = 'stop' then $7 end,
  doubted_by = case when $3 = 'doubt' then $8 end,
  doubted_at = case when $3 = 'doubt' then now() end
where account_no = $1::int and standing_version = $2::int and (stop_kind is not null or stopped_until is null or stopped_until <= now())
returning standing_version as version`,
};

export function changeValues({ accountNo, version, change, reason }: StandingRow): unknown[] {
  const stop = change.kind === 'stop' ? change : null;
  return [
    accountNo,
    version,
    change.kind,
    stop?.because ?? null,
    stop?.turns ?? null,
    stop?.pauseMs ?? null,
    reason,
    change.kind === 'doubt' ? change.refundId : null,
  ];
}
