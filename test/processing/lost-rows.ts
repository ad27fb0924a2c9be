import type { BenchTop } from './bench-top.ts';

/** As after a restore to a moment before the first request: the schema, the accounts and the positions are there, nothing else. */
export async function loseRows({ sql }: BenchTop): Promise<void> {
  const { rows } = await sql.query<{ names: string }>(
    `select string_agg('refundry.' || table_name, ', ') as names from information_schema.tables
     where table_schema = 'refundry' and table_name not in ('account', 'merchant', 'compatibility', 'shard_lease', 'intake_position', 'migration')`,
  );
  await sql.query(`truncate ${rows[0]?.names ?? ''}`);
}
