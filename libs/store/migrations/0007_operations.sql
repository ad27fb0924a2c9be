-- Up Migration
-- What operators did with the whole system, and events that are to be published again. Expand-only: an earlier release neither reads nor misses any
-- of it; events asked for wait until a relay of this release owns their shard.

create table operation (
  operation_no bigint generated always as identity primary key,
  command text not null,
  arguments jsonb not null,
  started_by text not null,
  dry_run boolean not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text check (outcome in ('clean', 'differences', 'failed', 'interrupted')),
  counts jsonb not null default '{}',
  report jsonb,
  format smallint not null default 1
);
comment on table operation is 'Every run of a command that replays, reconciles, redrives or checks: who, when, with what, what came of it. Never deleted.';
comment on column operation.outcome is 'null: it is running, or was killed';

create table republish (
  shard smallint not null,
  id bigint generated always as identity,
  payment_no bigint not null,
  ordinal int not null,
  sequence int,
  topic text,
  operation_no bigint,
  refused boolean not null default false,
  primary key (shard, id)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
comment on table republish is 'Events to be published again, byte-identical, by the owner of the shard. A row is deleted after the acknowledgement.';
comment on column republish.sequence is 'the journal entry whose result it is; null: the snapshot that is current when it is sent';
comment on column republish.refused is 'its topic does not take it; it is not tried again';
comment on column republish.topic is 'null: the topic of its kind';

insert into compatibility values (7, 1);

-- Down Migration
