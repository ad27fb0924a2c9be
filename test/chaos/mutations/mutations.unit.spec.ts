import { join } from 'node:path';
import { PAGE, readPage } from './page.ts';
import { MUTATIONS, mutationsNamed } from './all.ts';
import { applyEdits, checkEdits } from './edits.ts';
import { GUARDED } from './guarded.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('a mutation', () => {
  it.each(MUTATIONS)('$name › is a change of the source as it is', ({ edits }) => {
    expect(() => {
      checkEdits(ROOT, 'ts', edits);
    }).not.toThrow();
  });

  it('whose piece is gone, or is there twice › does not apply', () => {
    const edit = { file: 'a', from: 'one', to: 'other' };
    expect(applyEdits('one two', [edit])).toBe('other two');
    expect(() => applyEdits('two', [edit])).toThrow('0 times instead of once');
    expect(() => applyEdits('one two one', [edit])).toThrow('2 times instead of once');
  });

  it('has a name of its own, by which it is found', () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(mutationsNamed(['no-fence']).map(({ name }) => name)).toEqual(['no-fence']);
    expect(mutationsNamed(['all'])).toHaveLength(names.length);
    expect(() => mutationsNamed(['no-such'])).toThrow('No mutation is called no-such');
  });

  it('behind which something else stands › is found together with that, or says that it cannot be', () => {
    const names = new Set(MUTATIONS.map(({ name }) => name));
    const unknown = GUARDED.filter(({ together }) => together !== null && !names.has(together));
    expect(unknown).toEqual([]);
  });

  it(`stands in ${PAGE} with what it breaks and what finds it`, async () => {
    const { is, expected } = await readPage();
    expect(is).toBe(expected);
  });
});
