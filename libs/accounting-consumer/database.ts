import { Pool, type PoolClient } from 'pg';
import { ensureSchema } from './schema.ts';

/** A connection that is not given in this time is refused; the caller tries again. */
const CONNECT_MS = 10_000;
/** One for each partition in hand, one for the acknowledgements, one for questions. */
const CONNECTIONS_MAX = 8;

/** The consumer's own PostgreSQL, and its number in it. */
export class AccountingDatabase {
  private readonly pool: Pool;

  constructor(databaseUrl: string, onLost: (error: Error) => void) {
    this.pool = new Pool({
      connectionString: databaseUrl,
      application_name: 'refundry-accounting',
      max: CONNECTIONS_MAX,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
    });
    // The pool listens to idle connections alone, and whoever borrows one can only do so a moment after it was lent: a session that the server ends in
    // between, or between two statements of a transaction, would end the process unheard. The next statement fails and says so.
    this.pool.on('connect', (client) => client.on('error', onLost));
    this.pool.on('error', () => undefined);
  }

  /** Creates the schema where it is missing and registers the consumer; answers its number. */
  async register(consumer: string): Promise<number> {
    return await this.transaction(async (client) => {
      await ensureSchema(client);
      // The update changes nothing; it makes the statement answer an existing row too.
      const { rows } = await client.query<{ consumer_no: number }>(
        `insert into accounting.consumer (name) values ($1)
         on conflict (name) do update set name = excluded.name returning consumer_no`,
        [consumer],
      );
      return rows[0]?.consumer_no ?? 0;
    });
  }

  async rows<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Commits when the work resolves; otherwise nothing of it is stored. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let failure: Error | boolean = false;
    try {
      await client.query('begin');
      const answer = await work(client);
      await client.query('commit');
      return answer;
    } catch (error) {
      // The connection's state is not known: closing it rolls back.
      failure = error instanceof Error ? error : true;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}
