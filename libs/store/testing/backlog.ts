import type { Client } from 'pg';

/**
 * A backlog of account 1: `payments` payments with one refund waiting, one completed, one unknown with a look-up due, everything of them journalled
 * and waiting for the relay, and a webhook about each completed one. Written past the statements, so that it takes seconds.
 */
export async function loadBacklog(client: Client, payments: number): Promise<void> {
  await client.query('set search_path to refundry');
  for (const statement of STATEMENTS) await client.query(statement.replaceAll(':payments', String(payments)));
}

/** Ordinal 1 is completed, 2 unknown and out of the lane, 3 waits. */
const REFUNDS = `generate_series(1, :payments) as p(no) cross join generate_series(1, 3) as r(ordinal)`;

const STATEMENTS = [
  `insert into payment (merchant_no, payment_id, account_no, currency, captured, completed, reserved, doubtful, version, waiting, last_ordinal, lane_floor)
   select 1, 'load_' || no, 1, 'USD', 100, 10, 10, 1, 4, 1, 3, 3 from generate_series(1, :payments) as p(no)`,
  `insert into lane (payment_no, account_no, due_at)
   select no, 1, now() - no * interval '1 millisecond' from generate_series(1, :payments) as p(no)`,
  `insert into refund_id (refund_id, merchant_no, payment_id, fingerprint, fingerprint_version, cluster, topic, partition, record_offset, record_at,
     ce_id, ce_source, provider, account, mode, currency, task, free_text, free_digest, salt)
   select 'load_' || no || '_' || ordinal, 1, 'load_' || no, sha256('x'), 1, 'c', 't', 0, no, now(), 'e', '/s', 'razorpay', 'default', 'test', 'USD',
     '{}', '', '', '' from ${REFUNDS}`,
  `insert into refund (payment_no, ordinal, refund_id, account_no, state, asked, amount, held, attempt_no, sequence, hash, in_lane, look_first,
     provider_refund_id, requested_at, changed_at)
   select no, ordinal, 'load_' || no || '_' || ordinal, 1, (array['completed', 'unknown', 'requested'])[ordinal], 10, case when ordinal < 3 then 10 end,
     case ordinal when 2 then 10 else 0 end, case when ordinal < 3 then 1 else 0 end, case when ordinal < 3 then 2 else 1 end, sha256('x'), ordinal = 3,
     false, case ordinal when 1 then 'rfnd_' || no end, now(), now() from ${REFUNDS}`,
  `insert into attempt (payment_no, ordinal, attempt_no, action, key, reference, content, amount, currency, armed_at, same_key_until)
   select no, ordinal, 1, 'refund', 'key', 'reference_' || no || '_' || ordinal, '{}', 10, 'USD', now(), now() + interval '1 day' from ${REFUNDS} where ordinal < 3`,
  `insert into call (payment_no, ordinal, attempt_no, verb, started_at, duration_ms, http_status, answer, verdict, late)
   select no, ordinal, 1, 'create', now(), 5, 200, '{}', 'succeeded', false from ${REFUNDS} where ordinal < 3`,
  `insert into provider_refund (merchant_no, provider_refund_id, payment_no, ordinal)
   select 1, 'rfnd_' || no, no, 1 from generate_series(1, :payments) as p(no)`,
  `insert into journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, digest, hash)
   select no, ordinal, sequence, 'load_' || no || '_' || ordinal, 'load_' || no, now(), 'request', repeat('x', 400), sha256('x'), sha256('x')
   from ${REFUNDS} cross join generate_series(1, case when ordinal < 3 then 2 else 1 end) as s(sequence)`,
  `insert into outbox (shard, payment_no, ordinal, sequence)
   select (payment_no % 32)::smallint, payment_no, ordinal, sequence from journal order by payment_no, ordinal, sequence`,
  `insert into webhook_event (merchant_no, event_id, account_no, payment_id, provider_refund_id, shows)
   select 1, 'event_' || no, 1, 'load_' || no, 'rfnd_' || no, 'succeeded' from generate_series(1, :payments) as p(no)`,
  `insert into look_up (payment_no, ordinal, account_no, due_at)
   select no, 2, 1, now() - no * interval '1 millisecond' from generate_series(1, :payments) as p(no)`,
];
