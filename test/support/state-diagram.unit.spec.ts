import { readFileSync } from 'node:fs';
import { STATE_PAGE, withStates } from './state-diagram.ts';

describe('docs/state-machine.md', () => {
  const page = readFileSync(STATE_PAGE, 'utf8');

  it('draws the state table as it is: `node --conditions=source test/support/state-diagram.ts` writes it anew', () => {
    expect(page).toBe(withStates(page));
  });

  it('would be told from a page that lacks an arrow', () => {
    const stale = page.replace(/\n {2}completed --> reversed: [^\n]*/, '');
    expect(stale).not.toBe(page);
    expect(withStates(stale)).toBe(page);
  });
});
