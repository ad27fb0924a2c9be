/**
 * The sides as they are laid beside each other, temporary and without indexes but the keys: they are joined whole.
 * `question` has one row.
 * `ours.account_key` null: no account of that name is configured here. `ours.seen` false: the provider could not be asked about it.
 * `theirs.source`: `list`, `payment` (asked for its payment), `state` (asked by its id).
 */
export const TABLES = `
create temp table question (as_of timestamptz, from_at timestamptz, to_at timestamptz);
create temp table account_in (
  account_key int primary key, provider text, name text, merchant text, mode text, merchant_no int, account_no int,
  visibility_ms bigint, late_ms bigint, lists bool, compared bool not null default true);
create temp table ours (
  payment_no bigint, ordinal int, refund_id text, provider text, account text, account_key int, merchant_no int, payment_id text, currency text, mode text,
  state text, sequence int, amount numeric, held numeric, provider_refund_id text, has_handle bool, attempts int, first_armed_at timestamptz,
  called_at timestamptz, requested_at timestamptz, changed_at timestamptz, seen bool, verdict text, primary key (payment_no, ordinal));
create temp table theirs (
  account_key int, provider_refund_id text, payment_id text, amount numeric, currency text, status text, reference text, refund_id text,
  created_at timestamptz, source text, primary key (account_key, provider_refund_id));
create temp table pair (
  account_key int, provider_refund_id text, payment_no bigint, ordinal int, rank int, primary key (account_key, provider_refund_id));
create temp table best (
  payment_no bigint, ordinal int, account_key int, provider_refund_id text, primary key (payment_no, ordinal));
create temp table request (
  partition int, record_offset bigint, record_at timestamptz, refund_id text, provider text, account text, payment_id text, amount text, currency text,
  fingerprint bytea, fault text, primary key (partition, record_offset));
create temp table scanned (partition int primary key, low_offset bigint);
create temp table published (refund_id text, sequence int, primary key (refund_id, sequence));
create temp table acknowledged (refund_id text, sequence int, primary key (refund_id, sequence));
create temp table statement_row (
  account_key int, line int, invoice_id text, amount numeric, currency text, made_at timestamptz, status text, nth bigint, primary key (account_key, line));
create temp table statement_match (
  account_key int, line int, payment_no bigint, ordinal int, primary key (account_key, line), unique (payment_no, ordinal));
create temp table difference (
  class text, provider text, account text, refund_id text, payment_id text, provider_refund_id text, our_state text, our_amount numeric, our_currency text,
  their_status text, their_amount numeric, their_currency text, at_risk numeric, risk_currency text, happened_at timestamptz, detail text,
  payment_no bigint, ordinal int, sequence int)`;
