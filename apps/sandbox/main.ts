import { startSandbox, type Sandbox } from './sandbox.ts';
import { readSettings, type SandboxSettings } from './settings.ts';

const usage = `Sandbox of the payment providers Refundry speaks to: their APIs on this machine, with faults on demand.

Usage: npm run sandbox [-- --help]

  SANDBOX_PORT   port to listen on (default 4010; 0 takes any free one)
  HOST           address to listen on (default 127.0.0.1)

When it listens it prints one line, {"sandbox":"ready","port":4010}. SIGTERM and SIGINT stop it.
`;

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  switch (settings.kind) {
    case 'help':
      process.stdout.write(usage);
      return;
    case 'invalid':
      process.stderr.write(`sandbox: ${settings.problem}\n`);
      process.exitCode = 2;
      return;
    case 'start':
      await serve(settings);
  }
}

async function serve(settings: Extract<SandboxSettings, { kind: 'start' }>): Promise<void> {
  try {
    const sandbox = await startSandbox(settings);
    stopOnSignal(sandbox);
    process.stdout.write(`${JSON.stringify({ sandbox: 'ready', port: sandbox.port })}\n`);
  } catch (error) {
    process.stderr.write(`sandbox: ${explained(error, settings)}\n`);
    process.exitCode = 1;
  }
}

/** The first signal closes and lets the process end by itself; another one ends it at once. */
function stopOnSignal(sandbox: Sandbox): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void sandbox.close();
    });
  }
}

function explained(error: unknown, { host, port }: { host: string; port: number }): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host} is already in use; set SANDBOX_PORT to another one, or to 0 for any free one`;
  }
  if (code === 'EACCES') {
    return `port ${port} on ${host} may not be used by this user; set SANDBOX_PORT to one above 1023`;
  }
  return error instanceof Error ? error.message : String(error);
}

await main();
