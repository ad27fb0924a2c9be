import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '#libs/store/testing';
import { startCutting } from '../../../test/support/cutting-server.ts';
import { BusDatabase } from './database.ts';

it('a connection of the embedded bus that is cut in the moment it is lent › fails what it was lent for, and the process goes on', async () => {
  const server = await startCutting();
  const told: string[] = [];
  const database = new BusDatabase(server.url, (_level, message) => told.push(message));
  const failure = await database.ready().catch((error: unknown) => error);
  expect(String(failure)).toMatch(/terminat|not queryable/i);
  expect(told).toContain('a connection of the embedded bus was cut');
  await database.close();
  await server.close();
});

describe('a transaction of the embedded bus', () => {
  let test: TestDatabase;
  let database: BusDatabase;
  const told: string[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    database = new BusDatabase(test.url, (_level, message) => told.push(message));
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('whose session the server ends between two statements › fails, and the process goes on', async () => {
    const other = new Client({ connectionString: test.url });
    await other.connect();
    const cut = database.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('select 1');
    });
    const failure = await cut.catch((error: unknown) => error);
    await other.end();
    // Whether the cut or the client's own knowledge of it is heard first is up to the socket.
    expect(String(failure)).toMatch(/terminat|not queryable/i);
    expect(told).toContain('a connection of the embedded bus was cut');
    expect(
      await database.transaction(
        async (client) => (await client.query<{ one: number }>('select 1 as one')).rows,
      ),
    ).toEqual([{ one: 1 }]);
  });
});
