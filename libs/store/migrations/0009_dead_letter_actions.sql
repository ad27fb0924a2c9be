-- Up Migration
-- What operators did with dead letters. Expand-only: an earlier release neither reads nor writes it, and the letters themselves stay as they are.

create table dead_letter_action (
  dead_letter_no bigint not null,
  action_no bigint generated always as identity,
  action text not null check (action in ('redriven', 'discarded')),
  acted_by text not null,
  reason text,
  operation_no bigint,
  acted_at timestamptz not null default now(),
  format smallint not null default 1,
  primary key (dead_letter_no, action_no)
);
comment on table dead_letter_action is 'The latest one is how a dead letter stands; without any it is open. Insert only.';

insert into compatibility values (9, 1);

-- Down Migration
