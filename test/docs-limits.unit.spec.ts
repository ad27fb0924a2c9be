import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LIMITS } from '#libs/config';

const root = resolve(import.meta.dirname, '..');
const ROW = /^\| (?<what>[^|]+) \| (?<bound>\d+) \| `(?<file>[^`]+)` `(?<name>\w+)` \|/gm;
/** A product of numbers, as constants are written. */
const PRODUCT = /^[\d_]+(?: \* [\d_]+)*$/;

const stated = [...readFileSync(join(root, 'docs/LIMITS.md'), 'utf8').matchAll(ROW)].map((match) => ({
  what: match.groups?.['what'] ?? '',
  bound: Number(match.groups?.['bound']),
  file: match.groups?.['file'] ?? '',
  name: match.groups?.['name'] ?? '',
}));

/** The value of a constant, read from the source as it stands. */
function valueIn(file: string, name: string): number {
  if (file === 'libs/config/limits.ts') return LIMITS[name as keyof typeof LIMITS].default;
  const text = readFileSync(join(root, file), 'utf8');
  const written = new RegExp(`^(?:export )?const ${name} = (?<value>[^;]+);`, 'm').exec(text)?.groups?.[
    'value'
  ];
  if (written === undefined || !PRODUCT.test(written)) throw new Error(`${file} has no constant ${name}`);
  return written
    .split(' * ')
    .map((factor) => Number(factor.replaceAll('_', '')))
    .reduce((product, factor) => product * factor, 1);
}

describe('every bound on the page of limits', () => {
  it.each(stated)('$what › is the constant that holds it', ({ file, name, bound }) => {
    expect(valueIn(file, name)).toBe(bound);
  });

  it('is one of many', () => {
    expect(stated.length).toBeGreaterThan(15);
  });
});
