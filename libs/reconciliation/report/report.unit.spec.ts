import type { Difference, Summary } from '../compare/comparison.ts';
import { csvReport } from './csv.ts';
import { htmlReport } from './html.ts';
import { jsonReport } from './json.ts';

const sum = (count: number, amount: string) => ({ count, amount });

const summary: Summary = {
  window: { fromMs: Date.parse('2026-11-24T00:00:00Z'), toMs: Date.parse('2026-11-25T00:00:00Z') },
  asOfMs: Date.parse('2026-11-25T01:00:00Z'),
  filter: { provider: null, account: null },
  totals: [
    {
      provider: 'razorpay',
      account: 'default',
      currency: 'INR',
      matched: sum(1_234_567, '98765432.10'),
      inProgress: sum(0, '0.00'),
      different: sum(3, '30.00'),
      notCompared: sum(0, '0.00'),
    },
  ],
  classes: [{ class: 'unknown-to-us', severity: 'high', currency: 'INR', count: 3, atRisk: '30.00' }],
  risks: [{ currency: 'INR', count: 3, amount: '30.00' }],
  differences: 3,
  notCompared: [{ provider: 'braintree', account: 'us', why: 'HTTP 401' }],
  notes: ['<script>alert(1)</script>'],
};

const difference: Difference = {
  class: 'unknown-to-us',
  severity: 'high',
  provider: 'razorpay',
  account: 'default',
  refundId: null,
  paymentId: '=HYPERLINK("x")',
  providerRefundId: 'rfnd_"><img src=x onerror=alert(1)>',
  ours: { state: null, amount: null, currency: null },
  theirs: { status: 'succeeded', amount: '10.00', currency: 'INR' },
  atRisk: { amount: '10.00', currency: 'INR' },
  happenedAt: '2026-11-24T12:00:00.000Z',
  detail: null,
  action: 'Find out who made it',
};

async function* some(count: number): AsyncGenerator<Difference> {
  for (let n = 0; n < count; n += 1) yield await Promise.resolve(difference);
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('the page', () => {
  it('runs nothing of what a provider or a caller wrote, and asks nothing from elsewhere', async () => {
    const page = await textOf(htmlReport(summary, some(1)));
    expect(page).not.toMatch(/<script|<img|<link|https?:/);
    expect(page).toContain('rfnd_&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('says how many rows are only in the CSV, and shows every amount digit by digit', async () => {
    const page = await textOf(htmlReport(summary, some(2)));
    expect(page).toContain('and 1 more in the CSV');
    expect(page).toContain('98\u202F765\u202F432.10 <i>INR</i>');
  });

  it('tells an account that could not be compared from a clean one', async () => {
    const incomplete = { ...summary, classes: [], differences: 0 };
    expect(await textOf(htmlReport(incomplete, some(0)))).toContain(
      'No differences in what could be compared',
    );
    const clean = { ...incomplete, notCompared: [] };
    expect(await textOf(htmlReport(clean, some(0)))).toContain('verdict good');
  });
});

it('the JSON has the summary and every difference, and is one object', async () => {
  for (const count of [0, 3])
    expect(JSON.parse(await textOf(jsonReport(summary, some(count))))).toMatchObject({
      from: '2026-11-24T00:00:00.000Z',
      differenceCount: 3,
      differences: Array.from({ length: count }, () => difference),
    });
});

it('the CSV has a row for each difference, and no formula', async () => {
  const rows = (await textOf(csvReport(some(2)))).split('\r\n');
  expect(rows).toHaveLength(4);
  expect(rows[1]).toContain(`"'=HYPERLINK(""x"")"`);
});
