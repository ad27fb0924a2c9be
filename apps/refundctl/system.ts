import type { Bus } from '#libs/bus';
import type { Config } from '#libs/config';
import { openConnections } from '#libs/connections';
import { registerSecret } from '#libs/observability';
import { Database } from '#libs/store';
import { busLog } from './bus.ts';
import { onInterrupt } from './interrupt.ts';
import { line, type Terminal } from './terminal.ts';

/** The bus and the store, for commands that compare them. */
export interface System {
  readonly bus: Bus;
  readonly database: Database;
  /** SIGINT or SIGTERM: end in order. */
  readonly signal: AbortSignal;
}

/** Lends both for the length of one command. */
export async function withSystem<Answer>(
  config: Config,
  terminal: Terminal,
  use: (system: System) => Promise<Answer>,
): Promise<Answer> {
  let closing = false;
  const log = busLog(terminal);
  const open = await openConnections(config, (level, message, fields) => {
    // While it closes, a connection may still hear of the server's end; that is no news then.
    if (!closing) log(level, message, fields);
  });
  const { password } = new URL(open.databaseUrl);
  if (password !== '') registerSecret(decodeURIComponent(password));
  const database = new Database(
    open.databaseUrl,
    (error) => {
      if (!closing) terminal.err(line(`refundctl: a database connection was lost: ${error.message}`));
    },
    null,
  );
  const interrupt = onInterrupt();
  try {
    return await use({ bus: open.bus, database, signal: interrupt.signal });
  } finally {
    closing = true;
    interrupt.release();
    await database.close();
    await open.close();
  }
}
