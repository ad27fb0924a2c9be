-- Up Migration
-- Accounts that stop and go on by themselves, refunds that are read again after they ended, money that shows up for ended refunds. Expand-only: an
-- earlier release goes on beside it; it takes a stop that is over for none, and does not see that a payment is stopped.

alter table account add column stop_kind text;
alter table account add column stop_turns int not null default 0;
alter table account add column standing_version int not null default 0;
alter table account add column doubted_by text;
alter table account add column doubted_at timestamptz;
comment on column account.stop_kind is 'credentials or balance: it stopped by itself, goes on by itself, and stopped_until is only when it is tried next; null: it runs, or somebody stopped it';
comment on column account.stop_turns is 'how often it was tried since it stopped by itself';
comment on column account.standing_version is 'plus one with every change of stop or doubt';
comment on column account.doubted_by is 'the refund that was last refused for the balance; a second one stops the account';

alter table refund add column uncounted int not null default 0;
comment on column refund.uncounted is 'calls that ended for the account''s sake; they do not count among those after which a person is asked';

alter table payment add column stopped_because text;
comment on column payment.stopped_because is 'no refund of it is sent until a person has looked; null: it is not stopped';

alter table look_up add column reread boolean not null default false;
comment on column look_up.reread is 'of a refund that has ended: its money may come back';
create index look_up_open on look_up (payment_no, ordinal) where not reread;

create table external_refund (
  payment_no bigint not null,
  provider_refund_id text not null,
  amount numeric not null,
  related_refund_id text not null,
  shown text not null,
  cause text not null,
  seen_at timestamptz not null default now(),
  released_at timestamptz,
  released_by text,
  released_reason text,
  format smallint not null default 1,
  primary key (payment_no, provider_refund_id)
);
comment on table external_refund is 'Provider refunds that showed up for a refund of ours which had ended without them. Their amount is in payment.external.';

insert into compatibility values (4, 1);

-- Down Migration
