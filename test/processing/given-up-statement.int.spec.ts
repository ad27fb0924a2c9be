import { Database } from '#libs/store';
import { createTestDatabase, Session, type TestDatabase } from '#libs/store/testing';
import { until } from '../support/until.ts';

let test: TestDatabase;
let database: Database;
let sql: Session;

beforeAll(async () => {
  test = await createTestDatabase();
  database = new Database(test.url, () => undefined, 500);
  sql = new Session({ connectionString: test.url });
  await sql.start();
});

afterAll(async () => {
  await database.close();
  await sql.end();
  await test.drop();
});

describe('a statement whose answer came too late', () => {
  it('is ended by the server as well, on connections for any use', async () => {
    const running = async (): Promise<string> => {
      const { rows } = await sql.query<{ application_name: string }>(
        `select application_name from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and query = 'select pg_sleep(86400)'`,
      );
      return rows.map(({ application_name }) => application_name).join(', ');
    };
    await Promise.all(
      (['accept', 'path', 'report'] as const).map(async (use) => {
        await expect(database.pool(use, 1).query('select pg_sleep(86400)')).rejects.toThrow(
          'Query read timeout',
        );
      }),
    );
    let left = '';
    await until(
      'nothing of it runs',
      async () => (left = await running()) === '',
      () => left,
    );
  });
});
