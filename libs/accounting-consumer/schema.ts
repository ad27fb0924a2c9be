import type { ClientBase } from 'pg';

/** The schema this release writes. A database with a higher one belongs to a newer release. */
const SCHEMA_VERSION = 1;

/** Any number does, as long as nothing else on the server takes the same advisory lock. */
const SCHEMA_LOCK = 4_118_723_014;

/**
 * Everything is kept by consumer, so that a rehearsal on a copied topic keeps books of its own beside the live ones.
 * `balance` is a sum of `entry`, kept because it is what people ask for; a test compares both.
 */
const SCHEMA = `
create schema accounting;
create table accounting.schema_version (version int primary key);
create table accounting.consumer (
  consumer_no int generated always as identity primary key,
  name text not null unique,
  since timestamptz not null default now()
);
create table accounting.position (
  consumer_no int not null,
  cluster text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  moved_at timestamptz not null default now(),
  primary key (consumer_no, cluster, topic, partition)
) with (fillfactor = 50);
create table accounting.applied (
  consumer_no int not null,
  ce_id text not null,
  type text not null,
  refund_id text not null,
  payment_id text not null,
  sequence bigint not null,
  digest bytea not null,
  core_digest bytea not null,
  reverses text,
  ahead boolean not null,
  applied_at timestamptz not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  primary key (consumer_no, ce_id)
);
create index applied_reversal on accounting.applied (consumer_no, reverses) where reverses is not null;
comment on column accounting.applied.ahead is 'a reversal that came before the completion it takes back';
create table accounting.entry (
  consumer_no int not null,
  ce_id text not null,
  line_no int not null,
  account text not null,
  currency text not null,
  debit numeric not null,
  credit numeric not null,
  primary key (consumer_no, ce_id, line_no)
);
create table accounting.balance (
  consumer_no int not null,
  account text not null,
  currency text not null,
  debit numeric not null,
  credit numeric not null,
  entries bigint not null,
  primary key (consumer_no, account, currency)
) with (fillfactor = 50);
create table accounting.suspect (
  suspect_no bigint generated always as identity primary key,
  consumer_no int not null,
  reason text not null,
  detail text not null,
  cluster text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  record_at timestamptz not null,
  key bytea,
  value bytea,
  headers bytea not null,
  kept_at timestamptz not null default now(),
  unique (consumer_no, cluster, topic, partition, record_offset, record_at)
);
comment on table accounting.suspect is 'Records that did not enter the books, byte for byte, with the reason. Nothing is skipped silently.';
create table accounting.ack (
  ack_no bigint generated always as identity primary key,
  consumer_no int not null,
  ce_id text not null,
  unique (consumer_no, ce_id)
);
comment on table accounting.ack is 'Acknowledgements that the bus has not taken yet.';
`;

/** The database belongs to a newer release; nothing was changed. */
export class AccountingSchemaTooNew extends Error {
  override readonly name = 'AccountingSchemaTooNew';
  readonly code = 'ACCOUNTING_SCHEMA_TOO_NEW';
}

/**
 * Creates the schema where it is missing; a second process waits for the first. To be called inside a transaction.
 * @throws AccountingSchemaTooNew
 */
export async function ensureSchema(client: ClientBase): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('accounting.schema_version') is not null as there`,
  );
  if (tables[0]?.there !== true) {
    await client.query(SCHEMA);
    await client.query('insert into accounting.schema_version (version) values ($1)', [SCHEMA_VERSION]);
    return;
  }
  const { rows } = await client.query<{ version: number }>(
    'select max(version) as version from accounting.schema_version',
  );
  const version = rows[0]?.version ?? 0;
  if (version > SCHEMA_VERSION)
    throw new AccountingSchemaTooNew(
      `this release knows version ${String(SCHEMA_VERSION)} of the schema accounting, the database has ${String(version)}: start the newer release; nothing was changed`,
    );
}
