import { Client } from 'pg';
import { BusDatabase } from './database.ts';

describe('a connection that breaks between two statements of a transaction', () => {
  const serverUrl = process.env['TEST_POSTGRES_URL'] ?? '';
  const name = `bus_database_${String(process.pid)}`;
  const server = new Client({ connectionString: serverUrl });
  let database: BusDatabase;

  beforeAll(async () => {
    await server.connect();
    await server.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    database = new BusDatabase(url.href, () => undefined);
  });

  afterAll(async () => {
    await database.close();
    await server.query(`drop database ${name} with (force)`);
    await server.end();
  });

  it('fails that transaction only, and the next has another', async () => {
    const broken = database.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const gone = new Promise((resolve) => client.once('end', resolve));
      await server.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await gone;
      await client.query('select 1');
    });
    await expect(broken).rejects.toThrow(/terminat|not queryable/i);
    const next = await database.transaction(async (client) => await client.query('select 1 as one'));
    expect(next.rows).toEqual([{ one: 1 }]);
  });
});
