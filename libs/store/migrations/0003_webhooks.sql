-- Up Migration
-- Expand only: a release that knows version 1 or 2 neither reads nor misses any of it.

create table webhook_event (
  merchant_no int not null,
  event_id text not null,
  account_no int not null,
  payment_id text,
  provider_refund_id text,
  shows text,
  received_at timestamptz not null default now(),
  format smallint not null default 1,
  primary key (merchant_no, event_id)
);
create index webhook_event_refund on webhook_event (merchant_no, provider_refund_id) where provider_refund_id is not null;
create index webhook_event_age on webhook_event (received_at);
comment on table webhook_event is 'Every verified webhook about refunds once, for as long as its vendor may repeat it. None of them changes a refund.';

alter table look_up add column hinted_at timestamptz;
comment on column look_up.hinted_at is 'a webhook asked for a look-up that begins after this; null again as soon as one is claimed';

insert into compatibility values (3, 1);

-- Down Migration
