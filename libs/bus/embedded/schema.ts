export const SCHEMA_FORMAT = 1;

/**
 * `log_partition.next_offset` is the lock of a partition: offsets are taken under it and it is held until the commit, so a record becomes visible
 * only after all with lower offsets. `assignment.epoch` grows with each change of owner; a commit compares it.
 */
export const SCHEMA = `
create schema refundry_bus;
create table refundry_bus.cluster (id text primary key, format int not null);
create table refundry_bus.topic (
  topic_no int generated always as identity primary key,
  name text not null unique,
  partitions int not null check (partitions > 0),
  record_bytes_max int not null
);
create table refundry_bus.log_partition (
  topic_no int not null,
  partition int not null,
  next_offset bigint not null default 0,
  primary key (topic_no, partition)
) with (fillfactor = 50);
create table refundry_bus.record (
  topic_no int not null,
  partition int not null,
  record_offset bigint not null,
  recorded_at_ms bigint not null,
  key bytea,
  value bytea,
  headers bytea not null,
  primary key (topic_no, partition, record_offset)
);
create table refundry_bus.member (
  group_id text not null,
  member_id uuid not null,
  lease_until timestamptz not null,
  primary key (group_id, member_id)
);
create table refundry_bus.member_topic (
  group_id text not null,
  member_id uuid not null,
  topic_no int not null,
  primary key (group_id, member_id, topic_no),
  foreign key (group_id, member_id) references refundry_bus.member on delete cascade
);
create table refundry_bus.assignment (
  group_id text not null,
  topic_no int not null,
  partition int not null,
  owner uuid,
  epoch bigint not null default 0,
  committed bigint,
  primary key (group_id, topic_no, partition)
) with (fillfactor = 50);
`;
