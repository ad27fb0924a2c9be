-- Up Migration
-- Everything but refund_id is keyed by payment, so that it can be partitioned or distributed by it. Rows another release may read carry `format`.

create table merchant (
  merchant_no int generated always as identity primary key,
  provider text not null,
  identity text not null,
  unique (provider, identity)
);
comment on table merchant is 'A merchant identity at a provider. Number 0 stands for requests that name no account of ours.';

create table account (
  account_no int generated always as identity primary key,
  provider text not null,
  name text not null,
  merchant_no int not null references merchant,
  mode text not null check (mode in ('live', 'test')),
  stopped_until timestamptz,
  stopped_by text,
  stopped_reason text,
  unique (provider, name)
);
insert into merchant (merchant_no, provider, identity) overriding system value values (0, '', '');
insert into account (account_no, provider, name, merchant_no, mode) overriding system value values (0, '', '', 0, 'live');

create sequence lease_token;

create table payment (
  payment_no bigint generated always as identity primary key,
  merchant_no int not null,
  payment_id text not null,
  account_no int not null,
  currency text,
  captured numeric,
  completed numeric not null default 0,
  reserved numeric not null default 0,
  external numeric not null default 0,
  doubtful int not null default 0,
  version int not null default 0,
  waiting int not null default 0,
  last_ordinal int not null default 0,
  lane_floor int not null default 1,
  lease_until timestamptz not null default '-infinity',
  lease_token bigint not null default 0,
  verified_at timestamptz not null default '-infinity',
  unique (merchant_no, payment_id),
  check (reserved >= 0 and completed >= 0 and external >= 0 and waiting >= 0 and doubtful >= 0)
) with (fillfactor = 50);
comment on column payment.doubtful is 'refunds unknown or in review';
comment on column payment.version is 'plus one with every change of the sums or of a refund of this payment';
comment on column payment.waiting is 'refunds in the lane; a lane row exists exactly while it is above 0';
comment on column payment.lane_floor is 'no refund below this ordinal is in the lane';

create table lane (
  payment_no bigint primary key,
  account_no int not null,
  due_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
create index lane_due on lane (account_no, due_at);

create table refund_id (
  refund_id text primary key,
  merchant_no int not null,
  payment_id text not null,
  fingerprint bytea not null,
  fingerprint_version smallint not null,
  cluster text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  record_at timestamptz not null,
  ce_id text not null,
  ce_source text not null,
  traceparent text,
  provider text not null,
  account text not null,
  mode text not null,
  currency text not null,
  task text not null,
  request text,
  free_text text not null,
  free_digest text not null,
  salt bytea not null,
  format smallint not null default 1
);
comment on table refund_id is 'One row per refundId ever seen, accepted or rejected; never pruned. Request and free text can be erased.';

create table refund (
  payment_no bigint not null,
  ordinal int not null,
  refund_id text not null,
  account_no int not null,
  state text not null,
  asked numeric,
  expected numeric,
  amount numeric,
  held numeric not null default 0,
  attempt_no int not null default 0,
  calls int not null default 0,
  called_at timestamptz,
  sequence int not null,
  hash bytea not null,
  in_lane boolean not null,
  resend boolean not null default false,
  look_first boolean not null,
  waiting_for text,
  review_reason text,
  provider_refund_id text,
  requested_at timestamptz not null,
  changed_at timestamptz not null,
  format smallint not null default 1,
  primary key (payment_no, ordinal)
) with (fillfactor = 50);
comment on column refund.called_at is 'when the last call was armed; an attempt may be called again long after it was first armed';

create table attempt (
  payment_no bigint not null,
  ordinal int not null,
  attempt_no int not null,
  action text not null,
  key text,
  reference text not null,
  content text not null,
  amount numeric not null,
  currency text not null,
  armed_at timestamptz not null,
  same_key_until timestamptz,
  fenced_at timestamptz,
  format smallint not null default 1,
  primary key (payment_no, ordinal, attempt_no)
);

create table call (
  payment_no bigint not null,
  ordinal int not null,
  call_no bigint generated always as identity,
  attempt_no int not null,
  verb text not null,
  started_at timestamptz not null,
  duration_ms int not null,
  http_status int,
  answer text not null,
  verdict text not null,
  late boolean not null,
  format smallint not null default 1,
  primary key (payment_no, ordinal, call_no)
);
comment on table call is 'Every HTTP exchange, redacted: what evidence and audits read. late = the answer came when the lease was somebody else''s.';

create table provider_refund (
  merchant_no int not null,
  provider_refund_id text not null,
  payment_no bigint not null,
  ordinal int not null,
  primary key (merchant_no, provider_refund_id)
);
comment on table provider_refund is 'A provider refund belongs to at most one of ours.';

create table journal (
  payment_no bigint not null,
  ordinal int not null,
  sequence int not null,
  refund_id text not null,
  payment_id text not null,
  occurred_at timestamptz not null,
  cause text not null,
  traceparent text,
  status text not null,
  result text,
  result_type text,
  digest bytea not null,
  hash bytea not null,
  format smallint not null default 1,
  primary key (payment_no, ordinal, sequence)
);
comment on table journal is 'The bytes as published and a hash chain per refund: hash = sha256(previous hash, digest). Insert only.';

create table outbox (
  shard smallint not null,
  id bigint generated always as identity,
  payment_no bigint not null,
  ordinal int not null,
  sequence int not null,
  primary key (shard, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

create table look_up (
  payment_no bigint not null,
  ordinal int not null,
  account_no int not null,
  due_at timestamptz not null,
  tries int not null default 0,
  lease_until timestamptz not null default '-infinity',
  lease_token bigint not null default 0,
  primary key (payment_no, ordinal)
) with (fillfactor = 70);
create index look_up_due on look_up (account_no, due_at);

create table dead_letter (
  dead_letter_no bigint generated always as identity primary key,
  group_id text not null,
  cluster text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  record_at timestamptz not null,
  code text not null,
  message text not null,
  key bytea,
  value bytea,
  headers bytea not null,
  kept_at timestamptz not null default now(),
  published_at timestamptz,
  format smallint not null default 1,
  unique (group_id, cluster, topic, partition, record_offset, record_at)
);
create index dead_letter_unpublished on dead_letter (dead_letter_no) where published_at is null;

create table intake_position (
  group_id text not null,
  cluster text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  record_at timestamptz,
  moved_at timestamptz not null default now(),
  recover_below bigint,
  primary key (group_id, cluster, topic, partition)
);
comment on column intake_position.recover_below is 'rows were lost: requests below this offset may have been sent before, and are looked up first';

create table shard_lease (
  shard smallint primary key,
  owner text,
  until timestamptz not null default '-infinity',
  taken_over boolean not null default false
);
insert into shard_lease (shard) select generate_series(0, 31);

create table relay_member (
  owner text primary key,
  until timestamptz not null
);

create table compatibility (
  schema_version int primary key,
  min_compatible_version int not null
);
comment on table compatibility is 'A release that knows a schema below min_compatible_version must not start on this database.';
insert into compatibility values (1, 1);

-- Down Migration
