import { CommanderError } from 'commander';
import { ConfigurationError } from '#libs/config';
import { CommandFailure, type FailureExit } from './failure.ts';
import { line, type Terminal } from './terminal.ts';

/** Prints an error for a person and answers the exit code: 1 could not run, 2 wrong usage or a finding. */
export function reportFailure(error: unknown, terminal: Terminal): 0 | FailureExit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailure) {
    const { happened, notDone, next } = error.parts;
    terminal.err(line(`refundctl: ${error.code}: ${happened}`));
    terminal.err(line(`  Not done: ${notDone}`));
    terminal.err(line(`  Next: ${next}`));
    const cause = causeOf(error);
    if (cause !== null) terminal.err(line(`  Cause: ${cause}`));
    return error.exit;
  }
  if (error instanceof ConfigurationError) {
    terminal.err(line(`refundctl: ${error.code}: ${error.message}`));
    terminal.err(line('  Next: correct these and run it again; `refundctl --help` lists every variable.'));
    return 1;
  }
  const named = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const code = named ? `${String(error.code)}: ` : '';
  const text = error instanceof Error ? error.message : String(error);
  terminal.err(line(`refundctl: ${code}${text}`));
  const cause = causeOf(error);
  if (cause !== null && !text.includes(cause)) terminal.err(line(`  Cause: ${cause}`));
  if (code === '' && error instanceof Error) terminal.err(line(error.stack ?? ''));
  return 1;
}

function causeOf(error: unknown): string | null {
  if (!(error instanceof Error) || error.cause === undefined) return null;
  return error.cause instanceof Error ? error.cause.message : JSON.stringify(error.cause);
}
