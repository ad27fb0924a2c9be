import { mappingsOf } from './mappings-of.ts';

const document = `# A provider

| ignored | below the title |
|---|---|
| 1 | 2 |

## Statuses

Some words.

| \`status\` | Outcome |
|---|:--|
| \`done\` | \`succeeded\`, whatever \\| it says |
| \`waits\` | pending |

More words.

| \`status\` | Outcome |
|---|---|
| \`gone\` | |

## Nothing here

Only | text.
`;

describe('reading the tables of a mapping document', () => {
  it('gives the rows under each heading, with cells by their columns and without backticks', () => {
    expect(mappingsOf(document).get('Statuses')).toEqual([
      { status: 'done', Outcome: 'succeeded, whatever | it says' },
      { status: 'waits', Outcome: 'pending' },
      { status: 'gone', Outcome: '' },
    ]);
  });

  it('has no entry where there is no table, so that a renamed heading is noticed', () => {
    expect([...mappingsOf(document).keys()]).toEqual(['A provider', 'Statuses']);
  });
});
