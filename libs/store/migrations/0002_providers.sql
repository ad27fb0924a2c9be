-- Up Migration
-- What providers without keys, with secret handles and with voids need. Expand-only: schema 1 goes on beside it.

alter table payment add column handle text;
comment on column payment.handle is 'the provider''s own key for refunds of this payment, as a reading showed it';

alter table refund add column handle text;
comment on column refund.handle is 'what the provider is asked with where provider_refund_id is only its hash; a secret, never published';

comment on column attempt.fenced_at is 'written once, immediately before the bytes of an attempt without a key leave; nothing fenced is sent again';

insert into compatibility values (2, 1);

-- Down Migration
