import fc from 'fast-check';
import { readCsv, type CsvRow } from './read-csv.ts';
import { csvRow } from './write-csv.ts';

async function read(...chunks: readonly string[]): Promise<readonly CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of readCsv(chunks)) rows.push(row);
  return rows;
}

const fieldsOf = async (...chunks: readonly string[]): Promise<readonly (readonly string[])[]> =>
  (await read(...chunks)).map(({ fields }) => fields);

describe('reading CSV', () => {
  it.each([
    ['commas', 'a,b\r\n1,2\r\n'],
    ['semicolons and a byte order mark', '\uFEFFa;b\n1;2'],
    ['tabs and empty lines', 'a\tb\n\n1\t2\n\n'],
    ['carriage returns alone', 'a,b\r1,2\r'],
    ['quotes that need none', '"a","b"\n"1","2"\n'],
  ])('takes %s', async (_what, text) => {
    expect(await fieldsOf(text)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('a quoted field holds separators, doubled quotes and line breaks, and the next row knows its line', async () => {
    expect(await read('a,b\n"x, ""y""\r\nz",2\n3,4')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['x, "y"\r\nz', '2'] },
      { line: 4, fields: ['3', '4'] },
    ]);
  });

  it('refuses a quote that is never closed, and text behind a closed one', async () => {
    await expect(read('a\n"b')).rejects.toThrow('line 2: a quote is never closed');
    await expect(read('a\n"b"c')).rejects.toThrow('line 2: text follows a closing quote');
  });
});

it('what was written is read again, however it is cut into pieces', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'й', '0') });
  const rows = fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 7 }), async (all, size) => {
      const written = csvRow(['h', 'i', 'j']) + all.map((row) => csvRow(row)).join('');
      const chunks = written.match(new RegExp(`[^]{1,${String(size)}}`, 'g')) ?? [];
      const expected = all.map((row) => row.map((field) => (field.startsWith('\r') ? `'${field}` : field)));
      expect((await fieldsOf(...chunks)).slice(1)).toEqual(expected);
    }),
  );
});

it.each([
  ['=1+1', "'=1+1"],
  ['+cmd', "'+cmd"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['-10.50', '-10.50'],
  ['rfnd_1', 'rfnd_1'],
])('%j is written so that a spreadsheet runs nothing', (field, written) => {
  expect(csvRow([field])).toBe(`${written}\r\n`);
});
