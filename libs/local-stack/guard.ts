import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { serverEnvironment } from './server-environment.ts';

/** Calls the guard off: the server has ended, and its process id may become another program's. May be called twice. */
export type CallOff = () => void;

export interface Guarded {
  /** The server to end when this process is gone. */
  readonly pid: number;
  readonly signal: 'TERM' | 'INT' | 'QUIT';
  /** Directories to remove once the server has ended. */
  readonly remove?: readonly string[];
}

// `read` returns at end of file, which comes when the last holder of the pipe's other end is gone. Nobody but this process holds it, so
// the end of this process is noticed at once, whatever ended it, and no process id has to be watched that could be handed out again.
const SCRIPT = `
read -r answer
[ "$answer" = off ] && exit 0
kill -s "$2" "$1" 2>/dev/null
left=100
while [ "$left" -gt 0 ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; left=$((left - 1)); done
kill -s KILL "$1" 2>/dev/null
shift 2
[ "$#" -gt 0 ] && rm -rf -- "$@"
exit 0
`;

/**
 * Ends a detached server when this process ends, even by `kill -9`. Detached servers survive Ctrl-C in the terminal, so that the program
 * in front of them can drain first; the guard is what keeps them from living for ever.
 */
export function guard(guarded: Guarded): CallOff {
  const child = spawn(
    'sh',
    ['-c', SCRIPT, 'refundry-guard', String(guarded.pid), guarded.signal, ...(guarded.remove ?? [])],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', env: serverEnvironment() },
  );
  // The guard may be ended from outside; a broken pipe is then no reason to end the program it guards.
  child.stdin.on('error', () => undefined);
  child.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return () => {
    if (!child.stdin.writableEnded) child.stdin.end('off\n');
  };
}
