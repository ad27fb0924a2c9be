import type { IncomingRecord } from '#libs/contracts';
import { openBenchTop, type BenchTop } from './bench-top.ts';

let top: BenchTop;
let paymentId: string;

const HEADERS = {
  ce_specversion: '1.0',
  ce_id: 'e-1',
  ce_source: '/orders',
  ce_type: 'RefundRequested',
  'content-type': 'application/json',
};

const record = (
  value: string | Buffer | null,
  headers: Readonly<Record<string, string>> = HEADERS,
): IncomingRecord => ({
  key: Buffer.from([0xff, 0x00, 0x01]),
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) })),
});

const request = (refundId: string, fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ refundId, provider: 'razorpay', paymentId, amount: '10.50', currency: 'INR', ...fields });

/** Codes and original values of what was laid aside, in order. */
const deadLetters = async (): Promise<{ code: string; value: Buffer | null; key: Buffer | null }[]> => {
  const { rows } = await top.sql.query<{ code: string; value: Buffer | null; key: Buffer | null }>(
    'select code, value, key from refundry.dead_letter order by record_offset',
  );
  return rows;
};

const failureOf = async (refundId: string): Promise<unknown> => {
  const report = await top.until(refundId, 'failed');
  return (JSON.parse(report.journal.at(-1)?.result ?? '{}') as { failure?: unknown }).failure;
};

/** The request as it came. */
const keptOf = async (refundId: string): Promise<string | undefined> => {
  const { rows } = await top.sql.query<{ request: string }>(
    'select request from refundry.refund_id where refund_id = $1',
    [refundId],
  );
  return rows[0]?.request;
};

beforeEach(async () => {
  top = await openBenchTop();
  paymentId = await top.payment('100.00');
  top.executor.start();
});

afterEach(async () => {
  await top.close();
});

describe('a message that cannot be read', () => {
  const withoutHeader = (name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(HEADERS).filter(([each]) => each !== name));

  it.each<[string, () => IncomingRecord, string]>([
    ['is not JSON', () => record('refund please'), 'NOT_A_JSON_OBJECT'],
    ['is a JSON array', () => record('[]'), 'NOT_A_JSON_OBJECT'],
    ['is a tombstone', () => record(null), 'VALUE_MISSING'],
    ['is 1 MB', () => record(request('big', { reason: 'x'.repeat(1_000_000) })), 'PAYLOAD_TOO_LARGE'],
    [
      'is not UTF-8',
      () =>
        record(Buffer.concat([Buffer.from('{"refundId":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])),
      'NOT_UTF8',
    ],
    ['holds a NUL', () => record(request('nul', { reason: 'a\u0000b' })), 'UNSTORABLE_TEXT'],
    [
      'holds a lone surrogate',
      () => record(request('half').replace('"INR"', '"INR","reason":"\\ud800"')),
      'UNSTORABLE_TEXT',
    ],
    ['has no ce_type', () => record(request('h1'), withoutHeader('ce_type')), 'CE_ATTRIBUTE_MISSING'],
    ['has no ce_id', () => record(request('h2'), withoutHeader('ce_id')), 'CE_ATTRIBUTE_MISSING'],
    [
      'has no refundId',
      () => record(JSON.stringify({ provider: 'razorpay', paymentId })),
      'REFUND_ID_UNREADABLE',
    ],
    [
      'has an unreadable paymentId',
      () => record(request('p', { paymentId: 'no spaces here' })),
      'PAYMENT_ID_UNREADABLE',
    ],
  ])(
    'because it %s › is laid aside with its bytes and key, and the rest of its batch goes on',
    async (_why, bad, code) => {
      const message = bad();
      await top.take([record(request('before')), message, record(request('after'))]);
      await top.until('before', 'completed');
      await top.until('after', 'completed');
      expect(await deadLetters()).toEqual([{ code, value: message.value, key: message.key }]);
    },
  );

  it('because the database itself refuses it › is laid aside alone', async () => {
    await top.sql.query(`alter table refundry.refund_id add constraint no_poison check (ce_id <> 'poison')`);
    const good = Array.from({ length: 9 }, (_, n) => record(request(`g${String(n)}`, { amount: '1.00' })));
    await top.take([
      ...good.slice(0, 4),
      record(request('poison'), { ...HEADERS, ce_id: 'poison' }),
      ...good.slice(4),
    ]);
    for (let n = 0; n < 9; n += 1) await top.until(`g${String(n)}`, 'completed');
    expect((await deadLetters()).map(({ code }) => code)).toEqual(['STORE_REFUSED']);
  });
});

describe('a request that cannot be accepted', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['names an unknown provider', { provider: 'nobody' }, 'PROVIDER_UNKNOWN'],
    ['names an unknown account', { account: 'nobody' }, 'ACCOUNT_UNKNOWN'],
    ['asks for zero', { amount: '0' }, 'AMOUNT_NOT_POSITIVE'],
    ['asks for a negative amount', { amount: '-1' }, 'AMOUNT_NOT_POSITIVE'],
    ['asks for -0', { amount: '-0' }, 'AMOUNT_NOT_POSITIVE'],
    ['asks for 1e2', { amount: '1e2' }, 'AMOUNT_MALFORMED'],
    ['gives the amount as a number', { amount: 10.5 }, 'AMOUNT_NOT_A_STRING'],
    ['has too many decimals', { amount: '1.00001' }, 'AMOUNT_TOO_PRECISE'],
    ['has more decimals than the currency', { amount: '1.001' }, 'AMOUNT_TOO_PRECISE'],
    ['asks for too much to be an amount', { amount: '1234567890123456' }, 'AMOUNT_TOO_LARGE'],
    ['has a malformed currency', { currency: 'rupees' }, 'CURRENCY_MALFORMED'],
    ['has an unlisted currency', { currency: 'ZZZ' }, 'CURRENCY_UNLISTED'],
    ['has another currency than the payment', { currency: 'USD' }, 'CURRENCY_MISMATCH'],
    ['has options the provider does not know', { providerOptions: { colour: 'red' } }, 'OPTIONS_INVALID'],
    ['has metadata of a wrong type', { metadata: { k: 1 } }, 'FIELD_TYPE'],
  ])(
    'because it %s › fails as rejected with its code, its bytes kept, and nothing is sent',
    async (_why, fields, code) => {
      const text = request('bad', fields);
      await top.take([record(text), record(request('good'))]);
      await top.until('good', 'completed');
      expect(await failureOf('bad')).toMatchObject({
        kind: 'rejected',
        code,
        actBy: 'merchant',
        mayRequestAgain: true,
      });
      expect(await keptOf('bad')).toBe(text);
      expect(await top.booked()).toHaveLength(1);
      expect(await deadLetters()).toEqual([]);
    },
  );

  it('because a card number stands in its metadata › is rejected, and the number is nowhere in the database', async () => {
    const card = '4111 1111 1111 1111';
    await top.take([record(request('bad', { metadata: { note: `card ${card}` } }))]);
    expect(await failureOf('bad')).toMatchObject({ code: 'CARD_NUMBER_IN_TEXT' });
    const { rows: tables } = await top.sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'refundry'`,
    );
    for (const { name } of tables) {
      const { rows } = await top.sql.query<{ row: string }>(`select t::text as row from refundry.${name} t`);
      for (const { row } of rows) expect(row.replaceAll(' ', '')).not.toContain(card.replaceAll(' ', ''));
    }
  });

  it('because its payment is already refunded in full › fails and says so', async () => {
    await top.take([record(request('all', { amount: '100.00' }))]);
    await top.until('all', 'completed');
    const text = request('more');
    await top.take([record(text)]);
    expect(await failureOf('more')).toMatchObject({ kind: 'rejected', code: 'NOTHING_LEFT' });
    expect(await keptOf('more')).toBe(text);
  });

  it.each([
    ['is unknown', async () => await Promise.resolve('pay_00000000000000'), 'PAYMENT_NOT_FOUND'],
    [
      'was not captured',
      async () => await top.payment('100.00', { captured: false }),
      'PAYMENT_NOT_CAPTURED',
    ],
  ])(
    'because its payment %s › fails with its code, its bytes kept, and nothing is sent',
    async (_why, payment, code) => {
      const text = request('bad', { paymentId: await payment() });
      await top.take([record(text)]);
      expect(await failureOf('bad')).toMatchObject({ kind: 'rejected', code });
      expect(await keptOf('bad')).toBe(text);
      const sent = await top.sandbox.requests('razorpay', 1000);
      expect(sent.filter(({ method, path }) => method === 'POST' && path.endsWith('/refund'))).toEqual([]);
    },
  );
});

describe('a refundId that comes again', () => {
  it('with the same content, written differently › is absorbed', async () => {
    await top.take([record(request('a', { amount: '10.5' })), record(request('a', { amount: '10.50' }))]);
    await top.until('a', 'completed');
    await top.take([record(request('a', { amount: '10.50', unknownField: 1 }))]);
    expect(await deadLetters()).toEqual([]);
    expect(await top.booked()).toHaveLength(1);
  });

  it('with another content in one batch › the lowest offset wins, the other is laid aside', async () => {
    const other = request('a', { amount: '11.00' });
    await top.take([record(request('a')), record(other)]);
    await top.until('a', 'completed');
    expect(await deadLetters()).toMatchObject([{ code: 'CONFLICTING_DUPLICATE', value: Buffer.from(other) }]);
    expect(await top.booked()).toMatchObject([{ amount: '10.50' }]);
  });

  it('in one batch behind another content of it › is absorbed, only the other is laid aside', async () => {
    const other = request('a', { amount: '11.00' });
    await top.take([record(request('a'))]);
    await top.take([record(other), record(request('a')), record(request('b')), record(other)]);
    await top.until('b', 'completed');
    expect((await deadLetters()).map(({ value }) => value)).toEqual([Buffer.from(other), Buffer.from(other)]);
    expect(await top.booked()).toHaveLength(2);
  });

  it('with an invalid content after it was completed › is laid aside, and never yields a RefundFailed', async () => {
    await top.take([record(request('a'))]);
    await top.until('a', 'completed');
    await top.take([record(request('a', { amount: '-5' })), record(request('b'))]);
    await top.until('b', 'completed');
    expect((await deadLetters()).map(({ code }) => code)).toEqual(['CONFLICTING_DUPLICATE']);
    expect(await top.states('a')).toEqual(['requested', 'completed']);
  });
});
