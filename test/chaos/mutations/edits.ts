import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One exact piece of one file of the program, and what stands there instead. */
export interface Edit {
  /** Path without its ending: the same piece is looked for in the source by a test and in what was compiled of it by a run. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Changes nothing in itself: it moves the point at which a process can be stopped, or makes something fail that could. */
  readonly isProbe?: true;
}

/** @throws when a piece is not there exactly once: a change that did not apply would pass for one that was found. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduce((changed, { file, from, to }) => {
    const parts = changed.split(from);
    if (parts.length !== 2)
      throw new Error(`${file} has ${String(parts.length - 1)} times instead of once: ${from}`);
    return parts.join(to);
  }, text);
}

/** Tries all edits on the files under `root`; `ending` is that of the files there. */
export function checkEdits(root: string, ending: 'ts' | 'js', edits: readonly Edit[]): void {
  for (const [file, own] of Map.groupBy(edits, (edit) => edit.file))
    applyEdits(readFileSync(join(root, `${file}.${ending}`), 'utf8'), own);
}
