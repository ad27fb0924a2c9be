import type { Config } from '#libs/config';
import { startPostgres } from '#libs/local-stack';
import { registerSecret } from '#libs/observability';
import { Database } from '#libs/store';
import { line, type Terminal } from './terminal.ts';

/** The database's address, and how to let go of it. */
export interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** `DATABASE_URL`, or the embedded server: found where another process runs it, started otherwise. */
export async function openDatabase(config: Config, terminal: Terminal): Promise<OpenDatabase> {
  if (config.database.kind === 'url') {
    return { url: config.database.url, close: async () => await Promise.resolve() };
  }
  const server = await startPostgres({
    dataDir: config.dataDirectory,
    log: (text) => {
      terminal.err(line(text));
    },
  });
  const { password } = new URL(server.url);
  registerSecret(password);
  return { url: server.url, close: server.stop };
}

/** Uses the store for the length of one command. */
export async function withStore<Answer>(
  config: Config,
  terminal: Terminal,
  use: (database: Database) => Promise<Answer>,
): Promise<Answer> {
  const open = await openDatabase(config, terminal);
  let closing = false;
  const database = new Database(
    open.url,
    (error) => {
      // A connection that is told to end may still hear of the server's end; that is no news then.
      if (!closing) terminal.err(line(`refundctl: a database connection was lost: ${error.message}`));
    },
    null,
  );
  try {
    return await use(database);
  } finally {
    closing = true;
    await database.close();
    await open.close();
  }
}
