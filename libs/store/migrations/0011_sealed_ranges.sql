-- Up Migration
-- The rows of a seal are found by a B-tree. Blocks that the BRIN index had not summarised yet, up to a minute's worth of rows, were read whole for every
-- seal. Expand-only: an earlier release goes on beside it.

create index journal_entry on journal (entry_no);
drop index journal_entry_range;

insert into compatibility values (11, 1);

-- Down Migration
