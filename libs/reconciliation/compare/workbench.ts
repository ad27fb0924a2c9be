import type { PoolClient, QueryResultRow } from 'pg';
import { columnsOf, unnest, type Columns, type Database } from '#libs/store';

const FETCHED = 1000;
/** A page of cells per column: enough that a statement costs more than its way to the database, little enough to be nothing in memory. */
const INSERTED = 2000;

/**
 * One session of the database with tables of its own: each side streams into them, one statement per question compares them, and the answers stream out.
 * So a million refunds need disk there and next to nothing here.
 */
export class Workbench {
  private constructor(private readonly client: PoolClient) {}

  static async open(database: Database, tables: string): Promise<Workbench> {
    const client = await database.pool('report', 1).connect();
    await client.query("set work_mem = '64MB'; set temp_buffers = '32MB'");
    await client.query(tables);
    return new Workbench(client);
  }

  /** Answers how many rows the statement touched. */
  async execute(text: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.client.query(text, [...values])).rowCount ?? 0;
  }

  async rows<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, [...values])).rows;
  }

  /** Page by page, whatever the number of rows. Nothing else may be asked of the workbench until the last one was taken. */
  async *stream<Row extends QueryResultRow>(text: string): AsyncGenerator<Row> {
    await this.client.query('begin');
    try {
      await this.client.query(`declare told no scroll cursor for ${text}`);
      for (;;) {
        const { rows } = await this.client.query<Row>(`fetch ${String(FETCHED)} from told`);
        yield* rows;
        if (rows.length < FETCHED) break;
      }
    } finally {
      await this.client.query('rollback');
    }
  }

  /** Collects rows for a table; `selected` are the table's columns in terms of the input's, `i`. */
  loader<Row>(table: string, columns: Columns<Row>, selected: string): Loader<Row> {
    const text = `insert into ${table} select ${selected} from ${unnest(columns, 'i')} on conflict do nothing`;
    return new Loader(async (rows) => {
      await this.client.query({ name: `load ${table}`, text, values: columnsOf(columns, rows) });
    });
  }

  /** The tables go with the session. */
  close(): void {
    this.client.release(true);
  }
}

/** Rows on their way into a table, a statement for some thousand of them. */
export class Loader<Row> {
  private rows: Row[] = [];

  constructor(private readonly write: (rows: readonly Row[]) => Promise<void>) {}

  async add(row: Row): Promise<void> {
    this.rows.push(row);
    if (this.rows.length >= INSERTED) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const { rows } = this;
    this.rows = [];
    await this.write(rows);
  }
}
