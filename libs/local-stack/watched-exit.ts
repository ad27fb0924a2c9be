import type { ChildProcess } from 'node:child_process';

/** Knows whether and how a process of ours ended. */
export interface WatchedExit {
  /** How it ended, for an error message; `undefined` while it runs. */
  readonly how: () => string | undefined;
  /** Called at once if it has ended already. */
  readonly whenEnded: (act: () => void) => void;
}

export function watchExit(child: ChildProcess): WatchedExit {
  let how: string | undefined;
  const acts: (() => void)[] = [];
  const settle = (text: string): void => {
    how ??= text;
    for (const act of acts.splice(0)) act();
  };
  child.once('error', (error) => settle(`did not start: ${error.message}`));
  child.once('exit', (code, signal) => settle(`ended with ${code ?? signal ?? 'no status'}`));
  return {
    how: () => how,
    whenEnded: (act) => {
      if (how === undefined) acts.push(act);
      else act();
    },
  };
}
