import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 8192;

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
