import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = process.cwd();

/** What the machine reports of a tree that holds these files and nothing else. */
function reported(files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'refundry-layers-')));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const config = join(root, '.dependency-cruiser.mjs');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        cruiser,
        '--no-progress',
        '--config',
        config,
        'libs',
        ...(files['apps/refundctl/x.ts'] ? ['apps'] : []),
      ],
      { cwd: directory, encoding: 'utf8' },
    );
    return stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const SUBMIT = { 'libs/provider-kit/submit/index.ts': 'export const submit = 1;\n' };
const imports = (path: string): string => `export { submit } from '${path}';\n`;

describe('the layer rules', () => {
  it('report reconciliation that imports what moves money', () => {
    const files = { ...SUBMIT, 'libs/reconciliation/x.ts': imports('../provider-kit/submit/index.ts') };
    expect(reported(files)).toContain('error reconciliation-moves-no-money: libs/reconciliation/x.ts');
  });

  it('report it through something in between that is allowed by itself', () => {
    const files = {
      ...SUBMIT,
      'libs/provider-kit/index.ts': imports('./submit/index.ts'),
      'libs/reconciliation/x.ts': imports('../provider-kit/index.ts'),
    };
    const found = reported(files);
    expect(found).toContain('error reconciliation-moves-no-money: libs/reconciliation/x.ts');
    expect(found).not.toContain('reconciliation-layer');
  });

  it('report an operator’s tool that reaches it through the intake of late requests', () => {
    const files = {
      ...SUBMIT,
      'libs/processing/intake/index.ts': imports('../../provider-kit/submit/index.ts'),
      'apps/refundctl/x.ts': imports('../../libs/processing/intake/index.ts'),
    };
    expect(reported(files)).toContain('error refundctl-moves-no-money: apps/refundctl/x.ts');
  });

  it('report reconciliation that imports the loops', () => {
    const files = {
      'libs/processing/index.ts': 'export const submit = 1;\n',
      'libs/reconciliation/x.ts': imports('../processing/index.ts'),
    };
    expect(reported(files)).toContain('error reconciliation-layer: libs/reconciliation/x.ts');
  });

  it('have nothing to say about what is allowed', () => {
    const files = {
      ...SUBMIT,
      'libs/store/index.ts': 'export const submit = 1;\n',
      'libs/reconciliation/x.ts': imports('../store/index.ts'),
    };
    expect(reported(files)).toContain('no dependency violations found');
  });
});
