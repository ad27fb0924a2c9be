import type { BenchTop } from './bench-top.ts';

/** As after a restore to a moment before the first request: the schema, the accounts and the positions are there, nothing else. */
export async function loseRows({ sql }: BenchTop): Promise<void> {
  const { rows } = await sql.query<{ names: string }>(
    `select string_agg('refundry.' || table_name, ', ') as names from information_schema.tables
     where table_schema = 'refundry' and table_name not in ('account', 'merchant', 'compatibility', 'shard_lease', 'intake_position', 'migration')`,
  );
  await sql.query(`truncate ${rows[0]?.names ?? ''}`);
}

/** Keeps all rows as they are now, for `restore`. */
export async function backUp({ sql }: BenchTop): Promise<void> {
  const copies = (await tablesOf(sql)).map(
    (name) => `create table backup.${name} as table refundry.${name};`,
  );
  await sql.query(`create schema backup; ${copies.join(' ')}`);
}

/** As after a restore to the moment of `backUp`; with `more` in the same transaction. */
export async function restore({ sql }: BenchTop, more = ''): Promise<void> {
  const names = await tablesOf(sql);
  const filled = names.map(
    (name) => `insert into refundry.${name} overriding system value table backup.${name};`,
  );
  await sql.query(
    `begin; set local session_replication_role = replica; truncate ${names.map((name) => `refundry.${name}`).join(', ')};
     ${filled.join(' ')} ${more}; commit`,
  );
}

async function tablesOf(sql: BenchTop['sql']): Promise<readonly string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'refundry' and table_type = 'BASE TABLE'
     and table_name not in ('account', 'merchant', 'compatibility', 'shard_lease', 'intake_position', 'migration')`,
  );
  return rows.map(({ name }) => name);
}
