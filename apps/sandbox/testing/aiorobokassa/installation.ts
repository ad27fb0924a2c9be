import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const requirementsPath = join(import.meta.dirname, 'requirements.txt');
const cache = resolve(import.meta.dirname, '../../../../node_modules/.cache/refundry');
/** A first installation fetches some fifteen small packages. */
const STEP_TIMEOUT_MS = 240_000;

export type Installation =
  | { readonly ok: true; readonly python: string }
  | { readonly ok: false; readonly why: string };

/**
 * Finds a Python that has the library, and makes one where there is none yet: a virtual environment of its own beside the other things
 * this project fetches, so nothing of the machine's Python changes. Never rejects: a machine without Python or network is no failure of
 * the sandbox, and the caller decides what to make of it.
 */
export async function installAiorobokassa(): Promise<Installation> {
  let step = 'no `python3` with venv and ensurepip (on Debian the package python3-venv)';
  try {
    const python = await run('python3', [
      '-c',
      'import sys, venv, ensurepip; print(sys.prefix, sys.version)',
    ]);
    step = 'pip could not install aiorobokassa';
    const requirements = await readFile(requirementsPath, 'utf8');
    const key = createHash('sha256').update(`${python.stdout}\n${requirements}`).digest('hex').slice(0, 16);
    const home = join(cache, `aiorobokassa-${key}`);
    if (!existsSync(home)) {
      await install(home);
    }
    return { ok: true, python: pythonIn(home) };
  } catch (error) {
    return { ok: false, why: `${step}: ${reasonOf(error)}` };
  }
}

/** Under another name until it is whole: whoever finds `home` may use it. A virtual environment's Python does not mind being moved. */
async function install(home: string): Promise<void> {
  const draft = `${home}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', draft], { timeout: STEP_TIMEOUT_MS });
    const words = ['install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', requirementsPath];
    await run(pythonIn(draft), ['-m', 'pip', ...words], { timeout: STEP_TIMEOUT_MS });
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another run may have been first.
    if (!existsSync(home)) {
      throw error;
    }
  }
}

function pythonIn(home: string): string {
  return join(home, 'bin', 'python');
}

/** The last thing a program said, or why it could not be run. Not by `instanceof`: under Jest Node's own errors are of another realm. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: unknown; readonly message?: unknown };
  const lastLine = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : undefined;
  return lastLine === undefined || lastLine === '' ? String(message) : lastLine;
}
