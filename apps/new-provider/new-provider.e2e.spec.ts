import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What a clone does not have, and the installed packages, which the copy shares. */
const NOT_COPIED = new Set(['node_modules', 'dist', 'coverage', 'out', '.git', '.refundry']);

/** Of no vendor, and longer than the example's name, so that lines have to break elsewhere. */
const NAME = 'examplepaymentservice';

const TIMEOUT_MS = 300_000;

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'refundry-new-provider-'));
  cpSync(root, copy, { recursive: true, filter: (source) => !NOT_COPIED.has(basename(source)) });
  symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'));
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

interface Ended {
  readonly exit: number;
  /** Both streams. */
  readonly text: string;
}

async function run(command: string, args: readonly string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    const options = { cwd: copy, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, args, options, (error, out, err) => {
      resolve({ exit: error === null ? 0 : (child.exitCode ?? 1), text: `${out}${err}` });
    });
  });
}

/** The program that `npm test` has built, at work in the copy. */
async function newProvider(...args: readonly string[]): Promise<Ended> {
  return await run(process.execPath, [join(root, 'dist/apps/new-provider/main.js'), ...args]);
}

async function npm(...args: readonly string[]): Promise<Ended> {
  return await run('npm', ['run', '-s', ...args]);
}

const DONE = { exit: 0, text: expect.any(String) as unknown };

describe('npm run new-provider', () => {
  it('says how it is used, and refuses what is no name', async () => {
    expect(await newProvider('--help')).toMatchObject({ exit: 0 });
    expect(await newProvider()).toMatchObject({ exit: 2 });
    expect(await newProvider('Example-Pay')).toMatchObject({ exit: 2 });
  });

  it('writes nothing with --dry-run', async () => {
    const { exit, text } = await newProvider(NAME, '--dry-run');
    expect(exit).toBe(0);
    expect(text).toContain(`libs/provider-${NAME}/submit.ts`);
    expect(existsSync(join(copy, `libs/provider-${NAME}`))).toBe(false);
  });

  it(
    'adds a provider that is formatted, compiles, is known everywhere and passes the conformance suite',
    async () => {
      expect(await newProvider(NAME)).toEqual(DONE);
      expect(await npm('format:check')).toEqual(DONE);
      expect(await npm('typecheck')).toEqual(DONE);
      const specs = [
        `provider-${NAME}`,
        'config.unit',
        'schemas.unit',
        'plan-scenario',
        'docs.unit',
        'nest-cli',
      ];
      // Neither suite needs a database or a broker, so both run where jest starts none.
      const match = ['--selectProjects', 'unit', '--testMatch', '**/*.{unit,contract}.spec.ts'];
      const tested = await npm('jest', '--', ...match, '--', ...specs);
      expect(tested).toEqual(DONE);
      expect(tested.text).toContain(`${NAME}.contract.spec.ts`);
    },
    TIMEOUT_MS,
  );

  it('never overwrites: the second time it refuses and changes nothing', async () => {
    const path = join(copy, 'apps/processor/accounts.ts');
    const before = readFileSync(path, 'utf8');
    expect(await newProvider(NAME)).toMatchObject({
      exit: 1,
      text: expect.stringContaining('exists already') as unknown,
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
});
