import type { Statement } from '../statement.ts';

/** Takes or renews the sealing for owner $1, for $2 milliseconds on the database's clock. No row: it is somebody else's. */
export const SEALER_LEASE: Statement = {
  name: 'sealer-lease',
  text: `
update refundry.sealer_lease set owner = $1, until = now() + $2::int * interval '1 millisecond'
where lease_no = 1 and (owner = $1 or until < now()) returning lease_no`,
};

export const SEALER_RELEASE: Statement = {
  name: 'sealer-release',
  text: `update refundry.sealer_lease set owner = null, until = '-infinity' where lease_no = 1 and owner = $1`,
};

/** The last number that was given to a journal row; 0 before the first. */
export const LAST_ENTRY: Statement = {
  name: 'last-entry',
  text: `select case when is_called then last_value else 0 end as last_entry from refundry.journal_entry_no`,
};

/**
 * Transactions that may have written journal rows: each holds this lock from before its first row is numbered until it has ended. Among them whatever
 * was prepared for a two-phase commit, whose name changes meanwhile.
 */
const WRITING = `
from pg_locks where locktype = 'relation' and relation = 'refundry.journal'::regclass and mode = 'RowExclusiveLock' and granted
  and database = (select oid from pg_database where datname = current_database())`;

export const WRITERS: Statement = {
  name: 'journal-writers',
  text: `select distinct virtualtransaction as writer ${WRITING}`,
};

/** Of the transactions in $1, those that have not ended. */
export const STILL_WRITING: Statement = {
  name: 'journal-still-writing',
  text: `select distinct virtualtransaction as writer ${WRITING}
  and (virtualtransaction = any($1::text[]) or virtualtransaction like '-1/%')`,
};

const SEALED_COLUMNS = `payment_no, ordinal, sequence, refund_id, payment_id, (extract(epoch from occurred_at) * 1000)::bigint as occurred_ms, cause, traceparent,
  result_type, format, digest, hash, entry_no`;

/** Rows whose number is above $1 and at most $2, in the order in which a seal covers them. */
export const SEALED_ROWS: Statement = {
  name: 'sealed-rows',
  text: `
select ${SEALED_COLUMNS} from refundry.journal where entry_no > $1::bigint and entry_no <= $2::bigint
order by entry_no, payment_no, ordinal, sequence`,
};

/**
 * Count and root of the rows whose number is above $1 and at most $2, byte for byte what `SealRoot` of libs/contracts makes of `SEALED_ROWS`. Sealing is
 * on the path of every refund; to verify, the rows are read and hashed there instead, by the other definition.
 */
export const SEALED_ROOT: Statement = {
  name: 'sealed-root',
  text: `
select count(*) as entries, count(*) filter (where sequence = 1) as refunds, sha256(coalesce(string_agg(sha256(convert_to(
    concat('["', payment_no, '",', ordinal, ',', sequence, ',', to_json(refund_id), ',', to_json(payment_id), ',', (extract(epoch from occurred_at) * 1000)::bigint, ',',
      to_json(cause), ',', coalesce(to_json(traceparent)::text, 'null'), ',', coalesce(to_json(result_type)::text, 'null'), ',', format,
      ',"', encode(digest, 'hex'), '","', encode(hash, 'hex'), '"]'), 'UTF8')), '' order by entry_no, payment_no, ordinal, sequence), '')) as root
from refundry.journal where entry_no > $1::bigint and entry_no <= $2::bigint`,
};

/** One page of the rows from before rows were numbered, behind ($1, $2, $3), at most $4. */
export const OLD_SEALED_ROWS: Statement = {
  name: 'old-sealed-rows',
  text: `
select ${SEALED_COLUMNS} from refundry.journal where entry_no = 0 and (payment_no, ordinal, sequence) > ($1::bigint, $2::int, $3::int)
order by payment_no, ordinal, sequence limit $4::int`,
};

/** The first number above $1 and at most $2 that a row has; null: none. */
export const NEXT_ENTRY: Statement = {
  name: 'next-entry',
  text: `select min(entry_no) as next_entry from refundry.journal where entry_no > $1::bigint and entry_no <= $2::bigint`,
};

const SEAL_COLUMNS = `seal_no, first_entry, last_entry, entries, refunds, root, previous, hash, (extract(epoch from sealed_at) * 1000)::bigint as sealed_ms,
  published_at is not null as published`;

export const LAST_SEAL: Statement = {
  name: 'last-seal',
  text: `select ${SEAL_COLUMNS} from refundry.seal order by seal_no desc limit 1`,
};

/** Nothing is inserted where another sealer was first. */
export const ADD_SEAL: Statement = {
  name: 'add-seal',
  text: `
insert into refundry.seal (seal_no, first_entry, last_entry, entries, refunds, root, previous, hash, sealed_at)
values ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6, $7, $8, to_timestamp($9::bigint / 1000.0))
on conflict (seal_no) do nothing returning seal_no`,
};

export const UNPUBLISHED_SEALS: Statement = {
  name: 'unpublished-seals',
  text: `select ${SEAL_COLUMNS} from refundry.seal where published_at is null order by seal_no limit $1::int`,
};

export const SEALS_PUBLISHED: Statement = {
  name: 'seals-published',
  text: `update refundry.seal set published_at = now() where seal_no = any($1::bigint[])`,
};

/** One page of seals above number $1, at most $2. */
export const READ_SEALS: Statement = {
  name: 'read-seals',
  text: `select ${SEAL_COLUMNS} from refundry.seal where seal_no > $1::bigint order by seal_no limit $2::int`,
};

/** Of the numbers in $1, the seals that are there. */
export const SEALS_NAMED: Statement = {
  name: 'seals-named',
  text: `select ${SEAL_COLUMNS} from refundry.seal where seal_no = any($1::bigint[])`,
};
