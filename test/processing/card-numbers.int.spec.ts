import { openBenchTop, type BenchTop, type Request } from './bench-top.ts';

const card = '4111 1111 1111 1111';
const CONFLICT = 'CONFLICTING_DUPLICATE null';

let top: BenchTop;

const request = (refundId: string, fields: Partial<Request> = {}): Request => ({
  refundId,
  paymentId: 'pay_00000000000001',
  amount: '1.00',
  ...fields,
});

const column = async (sql: string): Promise<unknown[]> =>
  (await top.sql.query<{ it: unknown }>(sql)).rows.map(({ it }) => it);

const deadLetters = async (): Promise<unknown[]> =>
  await column(
    `select concat_ws(' ', code, coalesce(encode(value, 'escape'), 'null')) as it from refundry.dead_letter`,
  );

/** Names of the tables that hold a text, as text or as bytes. */
const holding = async (text: string): Promise<string[]> => {
  const hex = Buffer.from(text).toString('hex');
  const found: string[] = [];
  for (const name of await column(
    `select table_name as it from information_schema.tables where table_schema = 'refundry'`,
  )) {
    const rows = await column(`select t::text as it from refundry.${String(name)} t`);
    if (rows.some((row) => String(row).includes(text) || String(row).includes(hex))) found.push(String(name));
  }
  return found;
};

beforeEach(async () => {
  top = await openBenchTop();
});

afterEach(async () => {
  await top.close();
});

describe('a card number', () => {
  it.each<[string, Partial<Request>]>([
    ['reason', { reason: `for ${card}` }],
    ['orderId', { orderId: card }],
    ['metadata', { metadata: { note: card } }],
    ['providerOptions', { providerOptions: { receipt: card } }],
  ])(
    'in %s of a refundId that is known already › is kept nowhere: the dead letter goes without its value',
    async (_field, fields) => {
      await top.request([request('a', { amount: '2.00' })]);
      await top.request([request('a', fields)]);
      await top.request([request('b', { amount: '2.00' }), request('b', fields)]);
      expect(await deadLetters()).toEqual([CONFLICT, CONFLICT]);
      expect(await holding(card)).toEqual([]);
      expect(top.log.join()).not.toContain(card);
    },
  );

  it('in a request that the database refuses › is kept nowhere either', async () => {
    await top.sql.query(
      `alter table refundry.refund_id add constraint no_poison check (refund_id <> 'poison')`,
    );
    await top.request([request('poison', { reason: card }), request('good')]);
    expect(await deadLetters()).toEqual(['STORE_REFUSED null']);
    expect(await holding(card)).toEqual([]);
    expect(top.log.join()).not.toContain(card);
  });

  it('in a request that is rejected › is in no table and no log', async () => {
    await top.request([request('a', { reason: card, metadata: { note: card } })]);
    expect(await top.states('a')).toEqual(['failed']);
    expect(await holding(card)).toEqual([]);
    expect(top.log.join()).not.toContain(card);
  });
});
