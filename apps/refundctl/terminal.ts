import { once } from 'node:events';
import { redact } from '#libs/observability';

/** Where a command reads and writes; a test gives its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers: what a script would read. */
  out(text: string): void;
  /** Everything else: progress, warnings, errors. */
  err(text: string): void;
  /** Resolves when whoever reads the answers can take more; a test's terminal always can. */
  drained?(): Promise<void>;
}

/** The terminal of this process; secrets that were registered are masked in both streams. */
export function processTerminal(): Terminal {
  return {
    env: process.env,
    out: (text) => {
      process.stdout.write(redact(text));
    },
    err: (text) => {
      process.stderr.write(redact(text));
    },
    drained: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    },
  };
}

export function line(text: string): string {
  return `${text}\n`;
}
