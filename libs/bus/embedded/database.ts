import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { BusLog } from '../log.ts';
import { SCHEMA, SCHEMA_FORMAT } from './schema.ts';

/** Any number does, as long as nothing else on the server takes the same advisory lock. */
const SCHEMA_LOCK = 4_118_723_001;

export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The PostgreSQL behind the embedded bus; creates the bus's schema before the first statement. */
export class BusDatabase {
  private readonly pool: Pool;
  private prepared: Promise<string> | null = null;

  constructor(databaseUrl: string, log: BusLog) {
    this.pool = new Pool({
      connectionString: databaseUrl,
      application_name: 'refundry-bus',
      max: 8,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      // Longer than any statement of the bus; a server that does not answer must not hold a heartbeat for ever.
      query_timeout: 10_000,
      // A log grows from empty: plans made on the statistics of an empty table would scan it whole.
      options: '-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan',
    });
    // The pool listens to idle connections alone, and whoever borrows one can only do so a moment after it was lent: a session that the server ends in
    // between, or between two statements of a transaction, would end the process unheard. The next statement fails and says so.
    this.pool.on('connect', (client) => {
      client.on('error', (error) => {
        log('warn', 'a connection of the embedded bus was cut', { error: error.message });
      });
    });
    this.pool.on('error', () => undefined);
  }

  /** The cluster's id. Fails while the server is away; the next call tries again. */
  async ready(): Promise<string> {
    this.prepared ??= this.prepare();
    try {
      return await this.prepared;
    } catch (error) {
      this.prepared = null;
      throw error;
    }
  }

  async rows<Row extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
    await this.ready();
    const { rows } = await this.pool.query<Row>({ ...statement, values });
    return rows;
  }

  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    await this.ready();
    return await this.inTransaction(work);
  }

  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }

  private async inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let failure: Error | boolean = false;
    try {
      // A process frozen inside the transaction must not keep the others from their group's lock.
      await client.query(
        'begin; set local idle_in_transaction_session_timeout = 2000; set local lock_timeout = 5000',
      );
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

  private async prepare(): Promise<string> {
    return await this.inTransaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
      const { rows: tables } = await client.query<{ there: boolean }>(
        `select to_regclass('refundry_bus.cluster') is not null as there`,
      );
      if (tables[0]?.there !== true) {
        await client.query(SCHEMA);
        await client.query('insert into refundry_bus.cluster (id, format) values ($1, $2)', [
          `embedded-${randomUUID()}`,
          SCHEMA_FORMAT,
        ]);
      }
      const { rows } = await client.query<{ id: string; format: number }>(
        'select id, format from refundry_bus.cluster',
      );
      const [cluster] = rows;
      if (cluster?.format !== SCHEMA_FORMAT) {
        throw new Error(
          `schema refundry_bus has format ${String(cluster?.format)}, not ${String(SCHEMA_FORMAT)}`,
        );
      }
      return cluster.id;
    });
  }
}
