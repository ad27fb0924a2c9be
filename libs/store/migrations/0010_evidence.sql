-- Up Migration
-- What was asked, and what was left at the provider, beside every answer. Expand-only: an earlier release goes on beside it and leaves both empty.

alter table call add column asked text;
alter table call add column left_there numeric;
comment on column call.asked is 'what the provider was asked for; null: what the attempt says, or an earlier release asked';
comment on column call.left_there is 'what could still be refunded of the payment as the provider showed it; null: this answer did not tell';

insert into compatibility values (10, 1);

-- Down Migration
