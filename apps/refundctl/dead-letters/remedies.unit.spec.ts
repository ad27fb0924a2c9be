import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEAD_LETTERS } from '#libs/contracts';
import { remedyOf } from './remedies.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/ERRORS.md'), 'utf8');

it.each(Object.keys(DEAD_LETTERS))('what to do about %s is what docs/ERRORS.md says', (code) => {
  const row = new RegExp(`^\\| \`${code}\` \\| .* \\| (.*) \\|$`, 'm').exec(page);
  expect(remedyOf(code)).toBe(row?.[1]?.replaceAll('`', ''));
});
