#!/usr/bin/env node
// The `refundctl` of package.json's `bin`. Runs on whatever Node started it (18 or newer) and hands over to the Node 24 that npm installed
// with the project, building first where sources are newer than what was built.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const main = join(root, 'dist', 'apps', 'refundctl', 'main.js');
const builtAt = join(root, 'dist', '.tsbuildinfo');

function fail(happened, next) {
  process.stderr.write(`refundctl: ${happened}\n  Not done: no command was run\n  Next: ${next}\n`);
  process.exit(1);
}

/** Newest change below a directory, Unix milliseconds; 0 where it does not exist, as in an image without sources. */
function newest(directory) {
  if (!existsSync(directory)) return 0;
  let latest = statSync(directory).mtimeMs;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

function isStale() {
  const sources = Math.max(newest(join(root, 'apps')), newest(join(root, 'libs')));
  if (sources === 0) return false;
  return !existsSync(main) || !existsSync(builtAt) || statSync(builtAt).mtimeMs < sources;
}

if (!existsSync(node)) fail(`${node} does not exist`, `run \`npm ci\` in ${root}`);
if (isStale()) {
  const compiler = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  const built = spawnSync(node, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) fail('the build failed', `repair what the compiler says above, in ${root}`);
}
if (!existsSync(main)) fail(`${main} does not exist`, `run \`npm run build\` in ${root}`);

// A command that reads a million refunds streams them: a small heap keeps it small, and shows when one does not.
const flags = ['--enable-source-maps', '--max-semi-space-size=16', '--max-old-space-size=256'];
const child = spawn(node, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Ctrl-C in a terminal reaches the child by itself; passing it on as well would count as pressing it twice.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => fail(error.message, `run \`npm ci\` in ${root}`));
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
