import { refundctl } from '../../apps/refundctl/refundctl.ts';

export interface CommandRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line of refundctl in this process, with an environment of its own. */
export async function runCommand(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CommandRun> {
  const streams = { out: '', err: '' };
  const exit = await refundctl(args, {
    env,
    out: (text) => (streams.out += text),
    err: (text) => (streams.err += text),
  });
  return { exit, ...streams };
}

/** The same against what a bench-top runs on. */
export async function runOn(
  top: { readonly sandboxUrl: string; readonly databaseUrl: string },
  args: readonly string[],
): Promise<CommandRun> {
  return await runCommand(
    { NODE_ENV: 'test', SANDBOX_URL: top.sandboxUrl, DATABASE_URL: top.databaseUrl },
    args,
  );
}
