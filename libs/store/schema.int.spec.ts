import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase, dumpSchema, type TestDatabase } from './testing/index.ts';

const FILE = join(import.meta.dirname, 'schema.sql');

let test: TestDatabase;
let client: Client;

beforeEach(async () => {
  test = await createTestDatabase();
  client = new Client({ connectionString: test.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await test.drop();
});

describe('schema.sql', () => {
  it('is what the migrations make; WRITE_SCHEMA=1 writes it anew', async () => {
    const dump = await dumpSchema(client);
    if (process.env['WRITE_SCHEMA'] === '1') await writeFile(FILE, dump);
    expect(await readFile(FILE, 'utf8')).toBe(dump);
  });

  it.each([
    'alter table refundry.payment add column more int',
    'alter table refundry.payment alter column currency set default $$USD$$',
    'alter table refundry.lane set (fillfactor = 60)',
    'create index more on refundry.refund (state)',
    'alter table refundry.refund add check (ordinal > 0)',
    'drop index refundry.look_up_due',
    `comment on column refundry.payment.version is 'other'`,
    'alter table refundry.journal alter column cause drop not null',
  ])('would show: %s', async (change) => {
    const before = await dumpSchema(client);
    await client.query(change);
    expect(await dumpSchema(client)).not.toBe(before);
  });

  it.each([
    'create view refundry.open as select * from refundry.lane',
    `create function refundry.f() returns int language sql as 'select 1'`,
    `create type refundry.mode as enum ('live')`,
  ])('is not written past what it cannot show: %s', async (change) => {
    await client.query(change);
    await expect(dumpSchema(client)).rejects.toThrow('the dump cannot write');
  });
});
