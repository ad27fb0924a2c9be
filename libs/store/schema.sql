-- Written from the catalogue of a migrated database by dump-schema.ts; a test fails when it is stale. Not executed by anything.

create sequence journal_entry_no;
create sequence lease_token;

create table account (
  account_no integer not null generated always as identity,
  provider text not null,
  name text not null,
  merchant_no integer not null,
  mode text not null,
  stopped_until timestamp with time zone,
  stopped_by text,
  stopped_reason text,
  stop_kind text,
  stop_turns integer not null default 0,
  standing_version integer not null default 0,
  doubted_by text,
  doubted_at timestamp with time zone,
  constraint account_pkey PRIMARY KEY (account_no),
  constraint account_merchant_no_fkey FOREIGN KEY (merchant_no) REFERENCES merchant(merchant_no),
  constraint account_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'test'::text]))),
  constraint account_provider_name_key UNIQUE (provider, name)
);
comment on column account.stop_kind is 'credentials or balance: it stopped by itself, goes on by itself, and stopped_until is only when it is tried next; null: it runs, or somebody stopped it';
comment on column account.stop_turns is 'how often it was tried since it stopped by itself';
comment on column account.standing_version is 'plus one with every change of stop or doubt';
comment on column account.doubted_by is 'the refund that was last refused for the balance; a second one stops the account';

create table attempt (
  payment_no bigint not null,
  ordinal integer not null,
  attempt_no integer not null,
  action text not null,
  key text,
  reference text not null,
  content text not null,
  amount numeric not null,
  currency text not null,
  armed_at timestamp with time zone not null,
  same_key_until timestamp with time zone,
  fenced_at timestamp with time zone,
  format smallint not null default 1,
  constraint attempt_pkey PRIMARY KEY (payment_no, ordinal, attempt_no)
);
comment on column attempt.fenced_at is 'written once, immediately before the bytes of an attempt without a key leave; nothing fenced is sent again';

create table call (
  payment_no bigint not null,
  ordinal integer not null,
  call_no bigint not null generated always as identity,
  attempt_no integer not null,
  verb text not null,
  started_at timestamp with time zone not null,
  duration_ms integer not null,
  http_status integer,
  answer text not null,
  verdict text not null,
  late boolean not null,
  format smallint not null default 1,
  asked text,
  left_there numeric,
  constraint call_pkey PRIMARY KEY (payment_no, ordinal, call_no)
);
comment on table call is 'Every HTTP exchange, redacted: what evidence and audits read. late = the answer came when the lease was somebody else''s.';
comment on column call.asked is 'what the provider was asked for; null: what the attempt says, or an earlier release asked';
comment on column call.left_there is 'what could still be refunded of the payment as the provider showed it; null: this answer did not tell';

create table compatibility (
  schema_version integer not null,
  min_compatible_version integer not null,
  constraint compatibility_pkey PRIMARY KEY (schema_version)
);
comment on table compatibility is 'A release that knows a schema below min_compatible_version must not start on this database.';

create table dead_letter (
  dead_letter_no bigint not null generated always as identity,
  group_id text not null,
  cluster text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  record_at timestamp with time zone not null,
  code text not null,
  message text not null,
  key bytea,
  value bytea,
  headers bytea not null,
  kept_at timestamp with time zone not null default now(),
  published_at timestamp with time zone,
  format smallint not null default 1,
  constraint dead_letter_pkey PRIMARY KEY (dead_letter_no),
  constraint dead_letter_group_id_cluster_topic_partition_record_offset__key UNIQUE (group_id, cluster, topic, partition, record_offset, record_at)
);
CREATE INDEX dead_letter_unpublished ON refundry.dead_letter USING btree (dead_letter_no) WHERE (published_at IS NULL);

create table dead_letter_action (
  dead_letter_no bigint not null,
  action_no bigint not null generated always as identity,
  action text not null,
  acted_by text not null,
  reason text,
  operation_no bigint,
  acted_at timestamp with time zone not null default now(),
  format smallint not null default 1,
  constraint dead_letter_action_pkey PRIMARY KEY (dead_letter_no, action_no),
  constraint dead_letter_action_action_check CHECK ((action = ANY (ARRAY['redriven'::text, 'discarded'::text])))
);
comment on table dead_letter_action is 'The latest one is how a dead letter stands; without any it is open. Insert only.';

create table decision (
  payment_no bigint not null,
  ordinal integer not null,
  decision_no bigint not null generated always as identity,
  sequence integer,
  decided_as text not null,
  decided_by text not null,
  reason text not null,
  evidence text not null,
  shown text not null,
  forced boolean not null,
  decided_at timestamp with time zone not null default now(),
  format smallint not null default 1,
  constraint decision_pkey PRIMARY KEY (payment_no, ordinal, decision_no)
);
comment on table decision is 'What a person decided about a refund in review, in the commit that did it. Insert only.';
comment on column decision.sequence is 'the journal entry that it made; null: it only named the refund at the provider';
comment on column decision.shown is 'what the provider showed when it was asked just before';
comment on column decision.forced is 'taken although what was shown contradicts it, or nothing was shown';

create table erasure (
  payment_no bigint not null,
  ordinal integer not null,
  erased_at timestamp with time zone not null default now(),
  erased_by text not null,
  reason text not null,
  entries integer not null,
  format smallint not null default 1,
  constraint erasure_pkey PRIMARY KEY (payment_no, ordinal)
);
comment on table erasure is 'Refunds whose free text was erased, here and in their journal rows. Insert only.';

create table external_change (
  change_no bigint not null generated always as identity,
  payment_no bigint not null,
  account_no integer not null,
  currency text,
  amount numeric not null,
  cause text not null,
  changed_at timestamp with time zone not null default now(),
  format smallint not null default 1,
  constraint external_change_pkey PRIMARY KEY (change_no)
);
CREATE INDEX external_change_payment ON refundry.external_change USING btree (payment_no);
comment on table external_change is 'Every change of payment.external: money given back elsewhere; negative when it no longer counts as such. Insert only.';

create table external_refund (
  payment_no bigint not null,
  provider_refund_id text not null,
  amount numeric not null,
  related_refund_id text not null,
  shown text not null,
  cause text not null,
  seen_at timestamp with time zone not null default now(),
  released_at timestamp with time zone,
  released_by text,
  released_reason text,
  format smallint not null default 1,
  constraint external_refund_pkey PRIMARY KEY (payment_no, provider_refund_id)
);
comment on table external_refund is 'Provider refunds that showed up for a refund of ours which had ended without them. Their amount is in payment.external.';

create table intake_position (
  group_id text not null,
  cluster text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  record_at timestamp with time zone,
  moved_at timestamp with time zone not null default now(),
  recover_below bigint,
  constraint intake_position_pkey PRIMARY KEY (group_id, cluster, topic, partition)
);
comment on column intake_position.recover_below is 'rows were lost: requests below this offset may have been sent before, and are looked up first';

create table journal (
  payment_no bigint not null,
  ordinal integer not null,
  sequence integer not null,
  refund_id text not null,
  payment_id text not null,
  occurred_at timestamp with time zone not null,
  cause text not null,
  traceparent text,
  status text not null,
  result text,
  result_type text,
  digest bytea not null,
  hash bytea not null,
  format smallint not null default 1,
  entry_no bigint not null default nextval('journal_entry_no'::regclass),
  constraint journal_pkey PRIMARY KEY (payment_no, ordinal, sequence)
);
CREATE INDEX journal_entry ON refundry.journal USING btree (entry_no);
comment on table journal is 'The bytes as published and a hash chain per refund: hash = sha256(previous hash, digest). Insert only.';
comment on column journal.entry_no is '0: from before rows were numbered. Numbers show no order of commits, and some have no row';

create table lane (
  payment_no bigint not null,
  account_no integer not null,
  due_at timestamp with time zone not null,
  constraint lane_pkey PRIMARY KEY (payment_no)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=5000, autovacuum_vacuum_cost_delay=0);
CREATE INDEX lane_due ON refundry.lane USING btree (account_no, due_at);

create table look_up (
  payment_no bigint not null,
  ordinal integer not null,
  account_no integer not null,
  due_at timestamp with time zone not null,
  tries integer not null default 0,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  lease_token bigint not null default 0,
  hinted_at timestamp with time zone,
  reread boolean not null default false,
  constraint look_up_pkey PRIMARY KEY (payment_no, ordinal)
) with (fillfactor=70);
CREATE INDEX look_up_due ON refundry.look_up USING btree (account_no, due_at);
CREATE INDEX look_up_open ON refundry.look_up USING btree (payment_no, ordinal) WHERE (NOT reread);
comment on column look_up.hinted_at is 'a webhook asked for a look-up that begins after this; null again as soon as one is claimed';
comment on column look_up.reread is 'of a refund that has ended: its money may come back';

create table merchant (
  merchant_no integer not null generated always as identity,
  provider text not null,
  identity text not null,
  constraint merchant_pkey PRIMARY KEY (merchant_no),
  constraint merchant_provider_identity_key UNIQUE (provider, identity)
);
comment on table merchant is 'A merchant identity at a provider. Number 0 stands for requests that name no account of ours.';

create table migration (
  id integer not null default nextval('migration_id_seq'::regclass),
  name character varying(255) not null,
  run_on timestamp without time zone not null,
  constraint migration_pkey PRIMARY KEY (id)
);

create table operation (
  operation_no bigint not null generated always as identity,
  command text not null,
  arguments jsonb not null,
  started_by text not null,
  dry_run boolean not null,
  started_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  outcome text,
  counts jsonb not null default '{}'::jsonb,
  report jsonb,
  format smallint not null default 1,
  constraint operation_pkey PRIMARY KEY (operation_no),
  constraint operation_outcome_check CHECK ((outcome = ANY (ARRAY['clean'::text, 'differences'::text, 'failed'::text, 'interrupted'::text])))
);
comment on table operation is 'Every run of a command that replays, reconciles, redrives or checks: who, when, with what, what came of it. Never deleted.';
comment on column operation.outcome is 'null: it is running, or was killed';

create table outbox (
  shard smallint not null,
  id bigint not null generated always as identity,
  payment_no bigint not null,
  ordinal integer not null,
  sequence integer not null,
  constraint outbox_pkey PRIMARY KEY (shard, id)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=5000, autovacuum_vacuum_cost_delay=0);

create table payment (
  payment_no bigint not null generated always as identity,
  merchant_no integer not null,
  payment_id text not null,
  account_no integer not null,
  currency text,
  captured numeric,
  completed numeric not null default 0,
  reserved numeric not null default 0,
  external numeric not null default 0,
  doubtful integer not null default 0,
  version integer not null default 0,
  waiting integer not null default 0,
  last_ordinal integer not null default 0,
  lane_floor integer not null default 1,
  lease_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  lease_token bigint not null default 0,
  verified_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  handle text,
  stopped_because text,
  constraint payment_pkey PRIMARY KEY (payment_no),
  constraint payment_check CHECK (((reserved >= (0)::numeric) AND (completed >= (0)::numeric) AND (external >= (0)::numeric) AND (waiting >= 0) AND (doubtful >= 0))),
  constraint payment_merchant_no_payment_id_key UNIQUE (merchant_no, payment_id)
) with (fillfactor=50);
comment on column payment.doubtful is 'refunds unknown or in review';
comment on column payment.version is 'plus one with every change of the sums or of a refund of this payment';
comment on column payment.waiting is 'refunds in the lane; a lane row exists exactly while it is above 0';
comment on column payment.lane_floor is 'no refund below this ordinal is in the lane';
comment on column payment.handle is 'the provider''s own key for refunds of this payment, as a reading showed it';
comment on column payment.stopped_because is 'no refund of it is sent until a person has looked; null: it is not stopped';

create table provider_refund (
  merchant_no integer not null,
  provider_refund_id text not null,
  payment_no bigint not null,
  ordinal integer not null,
  constraint provider_refund_pkey PRIMARY KEY (merchant_no, provider_refund_id)
);
comment on table provider_refund is 'A provider refund belongs to at most one of ours.';

create table refund (
  payment_no bigint not null,
  ordinal integer not null,
  refund_id text not null,
  account_no integer not null,
  state text not null,
  asked numeric,
  expected numeric,
  amount numeric,
  held numeric not null default 0,
  attempt_no integer not null default 0,
  calls integer not null default 0,
  called_at timestamp with time zone,
  sequence integer not null,
  hash bytea not null,
  in_lane boolean not null,
  resend boolean not null default false,
  look_first boolean not null,
  waiting_for text,
  review_reason text,
  provider_refund_id text,
  requested_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  format smallint not null default 1,
  handle text,
  uncounted integer not null default 0,
  constraint refund_pkey PRIMARY KEY (payment_no, ordinal)
) with (fillfactor=50);
comment on column refund.called_at is 'when the last call was armed; an attempt may be called again long after it was first armed';
comment on column refund.handle is 'what the provider is asked with where provider_refund_id is only its hash; a secret, never published';
comment on column refund.uncounted is 'calls that ended for the account''s sake; they do not count among those after which a person is asked';

create table refund_id (
  refund_id text not null,
  merchant_no integer not null,
  payment_id text not null,
  fingerprint bytea not null,
  fingerprint_version smallint not null,
  cluster text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  record_at timestamp with time zone not null,
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
  format smallint not null default 1,
  constraint refund_id_pkey PRIMARY KEY (refund_id)
);
comment on table refund_id is 'One row per refundId ever seen, accepted or rejected; never pruned. Request and free text can be erased.';

create table relay_member (
  owner text not null,
  until timestamp with time zone not null,
  constraint relay_member_pkey PRIMARY KEY (owner)
);

create table republish (
  shard smallint not null,
  id bigint not null generated always as identity,
  payment_no bigint not null,
  ordinal integer not null,
  sequence integer,
  topic text,
  operation_no bigint,
  refused boolean not null default false,
  constraint republish_pkey PRIMARY KEY (shard, id)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=5000);
comment on table republish is 'Events to be published again, byte-identical, by the owner of the shard. A row is deleted after the acknowledgement.';
comment on column republish.sequence is 'the journal entry whose result it is; null: the snapshot that is current when it is sent';
comment on column republish.topic is 'null: the topic of its kind';
comment on column republish.refused is 'its topic does not take it; it is not tried again';

create table seal (
  seal_no bigint not null,
  first_entry bigint not null,
  last_entry bigint not null,
  entries bigint not null,
  refunds bigint not null,
  root bytea not null,
  previous bytea not null,
  hash bytea not null,
  sealed_at timestamp with time zone not null,
  published_at timestamp with time zone,
  format smallint not null default 1,
  constraint seal_pkey PRIMARY KEY (seal_no)
);
CREATE INDEX seal_unpublished ON refundry.seal USING btree (seal_no) WHERE (published_at IS NULL);
comment on table seal is 'Count and root of all journal rows of a closed range of numbers, chained: hash covers the hash before it. Insert only, but for published_at.';

create table sealer_lease (
  lease_no smallint not null,
  owner text,
  until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint sealer_lease_pkey PRIMARY KEY (lease_no),
  constraint sealer_lease_lease_no_check CHECK ((lease_no = 1))
);

create table shard_lease (
  shard smallint not null,
  owner text,
  until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  taken_over boolean not null default false,
  constraint shard_lease_pkey PRIMARY KEY (shard)
);

create table webhook_event (
  merchant_no integer not null,
  event_id text not null,
  account_no integer not null,
  payment_id text,
  provider_refund_id text,
  shows text,
  received_at timestamp with time zone not null default now(),
  format smallint not null default 1,
  constraint webhook_event_pkey PRIMARY KEY (merchant_no, event_id)
);
CREATE INDEX webhook_event_age ON refundry.webhook_event USING btree (received_at);
CREATE INDEX webhook_event_refund ON refundry.webhook_event USING btree (merchant_no, provider_refund_id) WHERE (provider_refund_id IS NOT NULL);
comment on table webhook_event is 'Every verified webhook about refunds once, for as long as its vendor may repeat it. None of them changes a refund.';
