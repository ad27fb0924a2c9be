-- Up Migration
-- Numbers for journal rows, seals over closed ranges of them, erasures, and entries for money given back elsewhere. Expand-only: an earlier release
-- goes on beside it; its rows are numbered by the default, and what it reads of refunds made elsewhere is entered with the next change of that sum.

create sequence journal_entry_no;
alter table journal add column entry_no bigint not null default 0;
alter table journal alter column entry_no set default nextval('refundry.journal_entry_no');
comment on column journal.entry_no is '0: from before rows were numbered. Numbers show no order of commits, and some have no row';
create index journal_entry_range on journal using brin (entry_no) with (pages_per_range = 32, autosummarize = on);

create table seal (
  seal_no bigint primary key,
  first_entry bigint not null,
  last_entry bigint not null,
  entries bigint not null,
  refunds bigint not null,
  root bytea not null,
  previous bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null,
  published_at timestamptz,
  format smallint not null default 1
);
create index seal_unpublished on seal (seal_no) where published_at is null;
comment on table seal is 'Count and root of all journal rows of a closed range of numbers, chained: hash covers the hash before it. Insert only, but for published_at.';

create table sealer_lease (
  lease_no smallint primary key check (lease_no = 1),
  owner text,
  until timestamptz not null default '-infinity'
);
insert into sealer_lease (lease_no) values (1);

create table erasure (
  payment_no bigint not null,
  ordinal int not null,
  erased_at timestamptz not null default now(),
  erased_by text not null,
  reason text not null,
  entries int not null,
  format smallint not null default 1,
  primary key (payment_no, ordinal)
);
comment on table erasure is 'Refunds whose free text was erased, here and in their journal rows. Insert only.';

create table external_change (
  change_no bigint generated always as identity primary key,
  payment_no bigint not null,
  account_no int not null,
  currency text,
  amount numeric not null,
  cause text not null,
  changed_at timestamptz not null default now(),
  format smallint not null default 1
);
create index external_change_payment on external_change (payment_no);
comment on table external_change is 'Every change of payment.external: money given back elsewhere; negative when it no longer counts as such. Insert only.';
insert into external_change (payment_no, account_no, currency, amount, cause)
select payment_no, account_no, currency, external, 'known before' from payment where external <> 0;

insert into compatibility values (6, 1);

-- Down Migration
