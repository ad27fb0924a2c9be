/** `durable` keeps every commit through a crash of the machine; `throwaway` only through a crash of the server, and is much faster. */
export type Durability = 'durable' | 'throwaway';

const BASE: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  // Statements here are small and repeated; compiling them costs more than running them.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  // Row contents and parameters of a failing statement are personal data: neither belongs in a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

const THROWAWAY: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/** The server's command-line arguments. Settings go here and not into `postgresql.conf`, so that an upgrade of this code changes them all. */
export function serverArguments(databaseDir: string, port: number, durability: Durability): string[] {
  const settings = { ...BASE, port: String(port), ...(durability === 'throwaway' ? THROWAWAY : {}) };
  return [
    '-D',
    databaseDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
