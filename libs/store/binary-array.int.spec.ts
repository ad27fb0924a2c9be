import fc from 'fast-check';
import { Client } from 'pg';
import { binaryArray, columnsOf, unnest, type Cell, type Columns, type ColumnType } from './binary-array.ts';

const SQL: Readonly<Record<ColumnType, string>> = {
  bool: 'bool',
  bytea: 'bytea',
  int4: 'int',
  int8: 'bigint',
  text: 'text',
};

let client: Client;

beforeAll(async () => {
  client = new Client({ connectionString: process.env['TEST_POSTGRES_URL'] });
  await client.connect();
});
afterAll(async () => {
  await client.end();
});

/** What the server makes of the cells, as node-postgres reads it back; int8 comes as text. */
const roundTrip = async (type: ColumnType, cells: readonly Cell[]): Promise<readonly Cell[]> => {
  const { rows } = await client.query<{ cells: readonly Cell[] }>(`select $1::${SQL[type]}[] as cells`, [
    binaryArray(type, cells),
  ]);
  return rows[0]?.cells ?? ['no row'];
};

/** PostgreSQL has no NUL in text, and no lone surrogates in UTF-8. */
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const cells = (value: fc.Arbitrary<Cell>): fc.Arbitrary<Cell[]> =>
  fc.array(fc.option(value, { freq: 4 }), { maxLength: 50 });
const COLUMNS: readonly (readonly [ColumnType, fc.Arbitrary<Cell>])[] = [
  ['bool', fc.boolean()],
  ['bytea', fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))],
  ['int4', fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  ['int8', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  ['text', text],
];

describe('a column as a binary array', () => {
  it.each(COLUMNS)('of %s comes back as it was, nulls included', async (type, value) => {
    await fc.assert(
      fc.asyncProperty(cells(value), async (each) => {
        expect(await roundTrip(type, each)).toEqual(each);
      }),
      { numRuns: 50 },
    );
  });

  it.each(COLUMNS)('of %s may be empty, or hold nothing but nulls', async (type) => {
    expect(await roundTrip(type, [])).toEqual([]);
    expect(await roundTrip(type, [null, null])).toEqual([null, null]);
  });

  it('keeps bytes that are not text, quotes, braces and what looks like a null', async () => {
    const awkward = [
      '',
      'NULL',
      'null',
      '{}',
      '"',
      '\\',
      ',',
      ' a ',
      'é',
      '日本',
      '👩‍👩‍👧',
      '\n\t\u0001',
      '\ufeff',
    ];
    expect(await roundTrip('text', awkward)).toEqual(awkward);
    const bytes = [Buffer.alloc(0), Buffer.from([0]), Buffer.from([0xff, 0xfe, 0, 0x5c, 0x78])];
    expect(await roundTrip('bytea', bytes)).toEqual(bytes);
  });

  it('takes an int8 as a number too, beyond 32 and up to 53 bits', async () => {
    const given = [2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    expect(await roundTrip('int8', given)).toEqual(given.map(String));
    expect(await roundTrip('int8', ['9223372036854775807'])).toEqual(['9223372036854775807']);
  });

  it('refuses a number that its type cannot hold instead of cutting it', () => {
    expect(() => binaryArray('int4', [2 ** 31])).toThrow('out of range');
    expect(() => binaryArray('int8', ['9223372036854775808'])).toThrow('out of range');
    expect(() => binaryArray('int8', [1.5])).toThrow('BigInt');
  });
});

describe('rows as columns', () => {
  interface Row {
    readonly id: string;
    readonly at: number;
  }
  const columns: Columns<Row> = [
    { name: 'n', type: 'int4', of: (_row, index) => index },
    { name: 'id', type: 'text', of: (row) => row.id },
    { name: 'at', type: 'int8', of: (row) => row.at },
  ];

  it('are the same rows again, in their order, after parameters of other kinds', async () => {
    const rows = [
      { id: 'b', at: 1_700_000_000_500 },
      { id: 'a', at: 0 },
    ];
    const { rows: back } = await client.query(
      `select i.*, $1::text as first from ${unnest(columns, 'i', 2)} order by n`,
      ['x', ...columnsOf(columns, rows)],
    );
    expect(back).toEqual([
      { n: 0, id: 'b', at: '1700000000500', first: 'x' },
      { n: 1, id: 'a', at: '0', first: 'x' },
    ]);
  });

  it('are no rows when there are none', async () => {
    const { rows } = await client.query(`select * from ${unnest(columns, 'i')}`, columnsOf(columns, []));
    expect(rows).toEqual([]);
  });
});
