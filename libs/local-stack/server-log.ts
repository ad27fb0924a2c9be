import { closeSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const TAIL_BYTES = 8192;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** A server's log opened for appending, and where this run's lines begin. One that has grown large is emptied first. */
export interface ServerLog {
  readonly file: number;
  readonly start: number;
}

export function openLog(path: string): ServerLog {
  const file = openSync(path, 'a', 0o600);
  const size = statSync(path).size;
  if (size <= LOG_BYTES_MAX) return { file, start: size };
  truncateSync(path);
  return { file, start: 0 };
}

/** The last `lines` lines of a server's log, for an error message; empty if there is none. */
export function logTail(path: string, lines: number): string {
  return readFrom(path, -TAIL_BYTES).trimEnd().split('\n').slice(-lines).join('\n');
}

/** The text of a log from byte `position` on; a negative position counts from the end. */
export function readFrom(path: string, position: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(file).size;
    const start = position < 0 ? Math.max(0, size + position) : Math.min(position, size);
    const bytes = Buffer.alloc(size - start);
    const count = readSync(file, bytes, 0, bytes.length, start);
    return bytes.toString('utf8', 0, count);
  } finally {
    closeSync(file);
  }
}
