import { readStatement, type StatementRow } from './read-statement.ts';
import { isZone, zonedTime } from './zoned-time.ts';

async function read(text: string, zone = 'Europe/Moscow'): Promise<readonly StatementRow[]> {
  const rows: StatementRow[] = [];
  for await (const row of readStatement([text], zone)) rows.push(row);
  return rows;
}

const at = (iso: string): number => Date.parse(iso);

describe('a statement', () => {
  it.each([
    ['in English', 'Invoice ID,Amount,Currency,Date,State\n7,10.50,rub,2026-11-24 17:51:00,finished'],
    [
      'in Russian',
      'Статус;Дата возврата;Сумма, руб;Номер счёта;Сумма;Валюта\nИсполнен;24.11.2026 17:51;?;7;-10,50;RUB',
    ],
  ])('%s is read with its times in their zone', async (_what, text) => {
    expect(await read(text)).toEqual([
      {
        line: 2,
        invoiceId: '7',
        amount: '10.50',
        currency: 'RUB',
        madeAtMs: at('2026-11-24T14:51:00Z'),
        status: 'succeeded',
      },
    ]);
  });

  it('without a column for the currency says nothing of it', async () => {
    const [row] = await read('inv_id,sum,created_at,label\n7,1 000.00,2026-11-24T00:00:00Z,canceled');
    expect(row).toMatchObject({ amount: '1000.00', currency: null, status: 'failed' });
  });

  it('without a column that it needs is refused by the names that the column may have', async () => {
    await expect(read('invoice,amount,date\n')).rejects.toThrow(
      /line 1: no column for state \(state, status/,
    );
    await expect(read('')).rejects.toThrow('not even a header');
  });

  it('names every bad line, and what is wrong with it, without repeating what stands there', async () => {
    const text =
      'invoice,amount,date,state\n7,1e2,2026-11-24,finished\n8,1.00,31.06.2026,finished\n9,1.00,2026-11-24,secret\n';
    await expect(read(text)).rejects.toThrow(
      /^line 2: the amount is no amount; line 3: the date is none of .*; line 4: the state is not known$/,
    );
  });
});

describe('a time in a zone', () => {
  it.each([
    ['2026-07-01 12:00', 'Europe/Berlin', '2026-07-01T10:00:00Z'],
    ['2026-12-01 12:00', 'Europe/Berlin', '2026-12-01T11:00:00Z'],
    ['2026-03-29 03:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-11-24', 'Asia/Almaty', '2026-11-23T19:00:00Z'],
    ['2026-11-24T10:00:00+02:00', 'Europe/Moscow', '2026-11-24T08:00:00Z'],
    ['01.02.2026 03:04:05', 'UTC', '2026-02-01T03:04:05Z'],
  ])('%s in %s is %s', (text, zone, utc) => {
    expect(zonedTime(text, zone)).toBe(at(utc));
  });

  it.each(['2026-13-01', '2026-02-30', '24/11/2026', '2026-11-24 25:00', 'yesterday'])(
    '%s is none',
    (text) => {
      expect(zonedTime(text, 'UTC')).toBeNull();
    },
  );

  it('a zone is one that the runtime knows', () => {
    expect(['Europe/Moscow', 'UTC', 'Moscow', ''].map(isZone)).toEqual([true, true, false, false]);
  });
});
