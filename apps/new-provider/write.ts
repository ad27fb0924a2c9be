import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './plan.ts';

/** Writes all of it. A file that appeared since the plan was made is not overwritten: then it throws. */
export function writeFiles(root: string, files: readonly PlannedFile[]): void {
  for (const { kind, path, content } of files) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { flag: kind === 'new' ? 'wx' : 'w' });
  }
}

/** What remains is done by the project's own tools: another name breaks lines elsewhere, and the wire contract lists the providers. */
const STEPS: readonly (readonly string[])[] = [
  ['run', '-s', 'format'],
  ['run', '-s', 'contracts'],
];

/** Runs them in the project's root; answers the command that failed, null when none did. */
export function finish(root: string): string | null {
  const failed = STEPS.find(
    (args) =>
      spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell: false }).status !==
      0,
  );
  return failed === undefined ? null : `npm ${failed.join(' ')}`;
}
