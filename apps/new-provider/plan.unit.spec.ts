import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planProvider, type PlannedFile } from './plan.ts';
import { providerNames, type ProviderNames } from './provider-names.ts';
import { REGISTRATIONS } from './registrations.ts';

const root = join(import.meta.dirname, '../..');

function named(text: string): ProviderNames {
  const names = providerNames(text);
  if (names === null) throw new Error(`${text} is no name`);
  return names;
}

function planned(name: string): readonly PlannedFile[] {
  const plan = planProvider(root, named(name));
  if (plan.kind === 'refused') throw new Error(plan.why);
  return plan.files;
}

describe('a name', () => {
  it('is spelled as folders, types and constants need it', () => {
    expect(providerNames('examplepay2')).toEqual({
      lower: 'examplepay2',
      pascal: 'Examplepay2',
      upper: 'EXAMPLEPAY2',
    });
  });

  it.each([['Pay'], ['2pay'], ['p'], ['pay-pal'], ['pay_pal'], ['../pay'], [''], ['p'.repeat(25)]])(
    '%j is none',
    (text) => {
      expect(providerNames(text)).toBeNull();
    },
  );
});

describe('a plan for the project as it is', () => {
  const files = planned('examplepay');

  it('has what the other modules have, under the new name', () => {
    const paths = files.filter(({ kind }) => kind === 'new').map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'libs/provider-examplepay/MAPPINGS.md',
        'libs/provider-examplepay/examplepay.contract.spec.ts',
        'libs/provider-examplepay/submit/index.ts',
        'apps/sandbox/examplepay/examplepay-simulator.ts',
      ]),
    );
  });

  it('leaves no word of the example in it', () => {
    const left = files.filter(({ kind, path, content }) => kind === 'new' && /acme/i.test(path + content));
    expect(left).toEqual([]);
  });

  it('names the provider in every file that has to know it', () => {
    const changed = files.filter(({ kind }) => kind === 'changed');
    expect(changed.map(({ path }) => path)).toEqual(REGISTRATIONS.map(({ path }) => path));
    for (const { path, content } of changed) {
      expect([path, /examplepay|EXAMPLEPAY/.test(content)]).toEqual([path, true]);
      const kept = readFileSync(join(root, path), 'utf8').split('\n');
      const lines = new Set(content.split('\n'));
      // At most two lines became longer; everything else stands as it stood.
      expect(kept.filter((line) => !lines.has(line)).length).toBeLessThanOrEqual(2);
    }
  });
});

describe('nothing is planned', () => {
  it.each([
    ['razorpay', 'libs/provider-razorpay exists already'],
    ['acme', 'libs/provider-acme exists already'],
    ['kit', 'libs/provider-kit exists already'],
    ['kafka', 'libs/config/environment.ts uses the word kafka already'],
    ['address', 'libs/config/providers.ts uses the word address already'],
  ])('for %s: %s', (name, why) => {
    const plan = planProvider(root, named(name));
    expect(plan).toMatchObject({ kind: 'refused' });
    expect(plan.kind === 'refused' && plan.why).toContain(why);
  });

  it('outside of a clone', () => {
    expect(planProvider(join(root, 'docs'), named('examplepay'))).toMatchObject({ kind: 'refused' });
  });

  it.each(REGISTRATIONS.map(({ path, edit }) => [path, edit] as const))(
    'where %s has no place for it',
    (_path, edit) => {
      expect(edit('{}\n', named('examplepay'))).toBeNull();
    },
  );

  const programs = REGISTRATIONS.filter(({ path }) => !path.endsWith('.json'));
  it.each(programs.map(({ path, edit }) => [path, edit] as const))(
    'where %s has two places for it',
    (path, edit) => {
      const text = readFileSync(join(root, path), 'utf8');
      expect(edit(text + text, named('examplepay'))).toBeNull();
    },
  );
});
