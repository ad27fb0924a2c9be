-- Up Migration
-- What people decided about refunds in review. Expand-only: an earlier release goes on beside it; of a refund that a person sends again it takes the
-- marker for a reason to ask a person, and asks again.

create table decision (
  payment_no bigint not null,
  ordinal int not null,
  decision_no bigint generated always as identity,
  sequence int,
  decided_as text not null,
  decided_by text not null,
  reason text not null,
  evidence text not null,
  shown text not null,
  forced boolean not null,
  decided_at timestamptz not null default now(),
  format smallint not null default 1,
  primary key (payment_no, ordinal, decision_no)
);
comment on table decision is 'What a person decided about a refund in review, in the commit that did it. Insert only.';
comment on column decision.sequence is 'the journal entry that it made; null: it only named the refund at the provider';
comment on column decision.shown is 'what the provider showed when it was asked just before';
comment on column decision.forced is 'taken although what was shown contradicts it, or nothing was shown';

insert into compatibility values (5, 1);

-- Down Migration
