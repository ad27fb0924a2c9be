import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLASSES, HEALS, type DifferenceClass } from './classes.ts';

const PAGE = join(import.meta.dirname, '../../../docs/RECONCILIATION.md');

function tableRow({ code, severity, meaning, heals }: DifferenceClass): string {
  return `| \`${code}\` | ${severity} | ${meaning} | ${heals.map((heal) => `\`${heal}\``).join(', ') || '–'} |`;
}

it('docs/RECONCILIATION.md has every class as it is, in its order', () => {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => /^\| `[a-z-]+` \| (high|medium|low) \|/.test(line));
  expect(rows).toEqual(CLASSES.map(tableRow));
});

it('every repair is for some class, and an action that names one is of a class that has it', () => {
  const classes: readonly DifferenceClass[] = CLASSES;
  for (const heal of HEALS) expect(classes.some(({ heals }) => heals.includes(heal))).toBe(true);
  for (const { action, heals } of classes)
    for (const [, named] of action.matchAll(/--heal ([a-z-]+)/g)) expect(heals).toContain(named);
});
