import { CSV_HEAD, csvOf } from './csv.ts';
import type { ExportRecord } from './export-record.ts';
import { ledgerOf } from './ledger.ts';

const COMPLETED: ExportRecord = {
  entry: 'rf_1.3',
  time: '2026-11-24T17:51:00.123Z',
  mode: 'live',
  provider: 'razorpay',
  account: 'india',
  paymentId: 'pay_1',
  refundId: 'rf_1',
  state: 'completed',
  action: 'refund',
  actor: 'refundry',
  cause: 'answer',
  because: null,
  amount: '10.50',
  currency: 'INR',
  providerRefundId: 'rfnd_1',
  failure: null,
  lines: [
    { account: 'refunds:razorpay:india', debit: '10.50', currency: 'INR' },
    { account: 'provider:razorpay:india', credit: '10.50', currency: 'INR' },
  ],
};

const record = (change: Partial<ExportRecord> = {}): ExportRecord => ({ ...COMPLETED, ...change });

describe('as CSV', () => {
  it('a change has a row for each line, under a head of as many columns', () => {
    const rows = csvOf(record()).split('\r\n');
    expect(rows).toEqual([
      '2026-11-24T17:51:00.123Z,rf_1.3,live,razorpay,india,pay_1,rf_1,completed,refund,refundry,answer,,10.50,INR,rfnd_1,,refunds:razorpay:india,10.50,',
      '2026-11-24T17:51:00.123Z,rf_1.3,live,razorpay,india,pay_1,rf_1,completed,refund,refundry,answer,,10.50,INR,rfnd_1,,provider:razorpay:india,,10.50',
      '',
    ]);
    expect(rows[0]?.split(',')).toHaveLength(CSV_HEAD.split(',').length);
  });

  it('a change without money has one row without a line', () => {
    expect(csvOf(record({ state: 'pending', lines: [] }))).toMatch(/^[^\n]*pending[^\n]*,,,\r\n$/);
  });

  it('commas, quotes and line breaks stay inside their cell', () => {
    expect(csvOf(record({ actor: 'a,b', because: 'said "no"\r\ntwice', lines: [] }))).toContain(
      ',"a,b",answer,"said ""no""\r\ntwice",',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('%j cannot be run as a formula', (text) => {
    expect(csvOf(record({ actor: text, lines: [] }))).toMatch(/,"?'[=+\-@\t\r]/);
  });
});

describe('as a transaction of plain-text accounting', () => {
  it('a completed refund has its date, its entry, and two postings that are zero together', () => {
    expect(ledgerOf(record())).toBe(
      [
        '2026-11-24 * (rf_1.3) rf_1 completed',
        '    ; time: 2026-11-24T17:51:00.123Z',
        '    ; payment: pay_1',
        '    ; provider-refund: rfnd_1',
        '    ; actor: refundry',
        '    ; cause: answer',
        '    refunds:razorpay:india                        10.50 INR',
        '    provider:razorpay:india                       -10.50 INR',
        '',
        '',
      ].join('\n'),
    );
  });

  it('a void says so, and money given back elsewhere is named by its payment', () => {
    expect(ledgerOf(record({ action: 'void' }))).toContain(' rf_1 completed (void)\n');
    const external = { entry: 'external.7', refundId: null, state: 'external', action: null };
    expect(ledgerOf(record(external))).toMatch(/^2026-11-24 \* \(external\.7\) pay_1 given back elsewhere\n/);
  });

  it("people's words cannot end the comment that they stand in", () => {
    const text = ledgerOf(record({ because: 'ok\n2026-01-01 * forged\n  a  1 INR\u2028b' }));
    expect(text.split('\n').filter((line) => !line.startsWith('    '))).toEqual([
      '2026-11-24 * (rf_1.3) rf_1 completed',
      '',
      '',
    ]);
  });

  it('a change without money is none', () => {
    expect(ledgerOf(record({ state: 'pending', lines: [] }))).toBe('');
  });
});
