import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreOf } from '#libs/contracts';
import { readResult } from './read-result.ts';
import { saysTheSame, type Result } from './result.ts';

interface WrittenRecord {
  readonly headers: readonly [string, string][];
  readonly value: string;
}

const DIRECTORY = join(process.cwd(), 'contracts', 'fixtures');
const fixtures = readdirSync(DIRECTORY)
  .filter((name) => name.startsWith('entry-'))
  .flatMap((name) => {
    const { messages } = JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as {
      messages: readonly (WrittenRecord & { topic: string })[];
    };
    return messages.map((message) => ({ name, message }));
  });
const results = fixtures.filter(({ message }) => message.topic === 'refunds.results.v1');
const completed = written('entry-completed.json');

function written(name: string): WrittenRecord {
  const found = results.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no result in ${name}`);
  return found.message;
}

function reading({ headers, value }: WrittenRecord): ReturnType<typeof readResult> {
  return readResult({
    value: Buffer.from(value),
    headers: headers.map(([name, text]) => ({ name, value: Buffer.from(text) })),
  });
}

function sound(record: WrittenRecord): Result {
  const read = reading(record);
  if (read.kind === 'result') return read.result;
  throw new Error(`${read.reason}: ${read.detail}`);
}

/** The completion with its body changed. */
function withBody(change: Readonly<Record<string, unknown>>): WrittenRecord {
  const body = JSON.parse(completed.value) as Record<string, unknown>;
  return { ...completed, value: JSON.stringify({ ...body, ...change }) };
}

function withHeader(name: string, value: string | null): WrittenRecord {
  const others = completed.headers.filter(([one]) => one !== name);
  return { ...completed, headers: value === null ? others : [...others, [name, value]] };
}

const line = (account: string, side: object, currency = 'INR'): object => ({ account, ...side, currency });

describe('a result', () => {
  it.each(results)('of $name is sound', ({ message }) => {
    const { ceId, type } = sound(message);
    const headers = Object.fromEntries(message.headers);
    expect([ceId, type]).toEqual([headers['ce_id'], headers['ce_type']]);
  });

  it('has its lines with both sides filled in', () => {
    expect(sound(completed).lines).toEqual([
      { account: 'refunds:razorpay:india-main', currency: 'INR', debit: '10.50', credit: '0' },
      { account: 'provider:razorpay:india-main', currency: 'INR', debit: '0', credit: '10.50' },
    ]);
    expect(sound(written('entry-failed-declined.json')).lines).toEqual([]);
  });

  it('that is a reversal names the completion that it takes back', () => {
    expect(sound(written('entry-reversed.json')).reverses).toBe('rf_01J8ZK3V9Q4N7T2M5X6B8C0D1E.3');
    expect(sound(completed).reverses).toBeNull();
  });

  it('may have fields that a later release added', () => {
    expect(sound(withBody({ settledIn: { batch: 7 } })).lines).toHaveLength(2);
  });
});

describe('a record of the results is kept aside', () => {
  const body = JSON.parse(completed.value) as { lines: readonly object[] };

  it.each([
    ['RESULT_UNREADABLE', 'without ce_id', withHeader('ce_id', null)],
    ['RESULT_UNREADABLE', 'of another CloudEvents version', withHeader('ce_specversion', '2.0')],
    [
      'RESULT_UNREADABLE',
      'with two types',
      {
        ...completed,
        headers: [...completed.headers, ['ce_type', 'RefundFailed'] as [string, string]],
      },
    ],
    ['RESULT_UNREADABLE', 'that is no JSON', { ...completed, value: 'pay me' }],
    ['RESULT_UNREADABLE', 'that is no object', { ...completed, value: '[]' }],
    ['RESULT_TYPE_UNKNOWN', 'of a type of a later release', withHeader('ce_type', 'RefundForgiven')],
    [
      'RESULT_TYPE_UNKNOWN',
      'that is a status',
      fixtures.find(({ message }) => message.topic === 'refunds.status.v1')?.message ?? completed,
    ],
    ['RESULT_SCHEMA_BROKEN', 'without lines', withBody({ lines: undefined })],
    ['RESULT_SCHEMA_BROKEN', 'with an amount as a number', withBody({ amount: 10.5 })],
    [
      'RESULT_SCHEMA_BROKEN',
      'with a negative line',
      withBody({ lines: [line('a', { debit: '-1' }), line('b', { credit: '-1' })] }),
    ],
    [
      'RESULT_SCHEMA_BROKEN',
      'with an account that no text column takes',
      withBody({ lines: [line('a\0', { debit: '1' }), line('b', { credit: '1' })] }),
    ],
    [
      'RESULT_SCHEMA_BROKEN',
      'with a currency of four letters',
      withBody({ lines: [line('a', { debit: '1' }, 'INRS'), line('b', { credit: '1' }, 'INRS')] }),
    ],
    ['RESULT_ID_MISMATCH', 'with the sequence of another', withBody({ sequence: 4 })],
    ['RESULT_ID_MISMATCH', 'with the refund of another', withBody({ refundId: 'other' })],
    ['LINES_UNBALANCED', 'with no lines at all', withBody({ lines: [] })],
    ['LINES_UNBALANCED', 'with one line', withBody({ lines: body.lines.slice(0, 1) })],
    [
      'LINES_UNBALANCED',
      'with sides that differ by the smallest unit',
      withBody({ lines: [line('a', { debit: '10.50' }), line('b', { credit: '10.51' })] }),
    ],
    [
      'LINES_UNBALANCED',
      'with equal sides in two currencies',
      withBody({ lines: [line('a', { debit: '1' }, 'INR'), line('b', { credit: '1' }, 'USD')] }),
    ],
    [
      'LINES_UNBALANCED',
      'with a line on both sides',
      withBody({ lines: [line('a', { debit: '1', credit: '1' })] }),
    ],
    ['TEST_MONEY_MISPLACED', 'of test money in live accounts', withBody({ mode: 'test' })],
    [
      'TEST_MONEY_MISPLACED',
      'of live money in one test account',
      withBody({ lines: [line('test:a', { debit: '1' }), line('b', { credit: '1' })] }),
    ],
  ])('%s: %s', (reason, _what, record) => {
    expect(reading(record)).toMatchObject({ kind: 'suspect', reason });
  });

  it('with nothing of it in the words that are logged', () => {
    const read = reading({ ...completed, value: '{"4111111111111111' });
    expect(JSON.stringify(read)).not.toContain('4111');
  });

  it('RESULT_UNREADABLE: without a value, or with one that is no text', () => {
    const headers = completed.headers.map(([name, text]) => ({ name, value: Buffer.from(text) }));
    expect(readResult({ headers, value: null })).toMatchObject({ reason: 'RESULT_UNREADABLE' });
    expect(readResult({ headers, value: Buffer.from([0xff]) })).toMatchObject({
      reason: 'RESULT_UNREADABLE',
    });
  });
});

describe('two results with one id', () => {
  const erased = { ...completed, value: coreOf(completed.value) };

  it('say the same when one is the other without its free text', () => {
    expect(erased.value).not.toBe(completed.value);
    expect(saysTheSame(sound(completed), sound(erased))).toBe(true);
    expect(saysTheSame(sound(erased), sound(completed))).toBe(true);
    expect(saysTheSame(sound(completed), sound(completed))).toBe(true);
  });

  it.each([
    ['another amount', withBody({ amount: '10.51' })],
    ['other free text', withBody({ reason: 'something else' })],
    ['other white space', { ...completed, value: `${completed.value} ` }],
  ])('contradict each other with %s', (_what, other) => {
    expect(saysTheSame(sound(completed), sound(other))).toBe(false);
  });

  it('contradict each other in the books even if the first has lost its free text', () => {
    expect(saysTheSame(sound(erased), sound(withBody({ amount: '10.51' })))).toBe(false);
  });
});
