import { encodeHeaders } from '#libs/contracts';
import { originalOf, redriveRefusal } from './redrive.ts';

const read = { cluster: 'c', topic: 'requests' };
const letter = { status: 'open', code: 'NOT_UTF8', cluster: 'c', topic: 'requests', valueBytes: 3 } as const;

describe('a letter is sent back', () => {
  it.each([
    ['open and from where requests are read', letter, null],
    [
      'without a value, when that is what was wrong',
      { ...letter, code: 'VALUE_MISSING', valueBytes: null },
      null,
    ],
    ['redriven before', { ...letter, status: 'redriven' }, 'closed'],
    ['discarded', { ...letter, status: 'discarded' }, 'closed'],
    [
      'with content that contradicts a known refund',
      { ...letter, code: 'CONFLICTING_DUPLICATE' },
      'conflict',
    ],
    ['from another topic', { ...letter, topic: 'old' }, 'elsewhere'],
    ['from another cluster', { ...letter, cluster: 'old' }, 'elsewhere'],
    ['whose value was not kept', { ...letter, valueBytes: null }, 'withheld'],
  ] as const)('%s: refused because of %s', (_what, one, because) => {
    expect(redriveRefusal(one, read, { force: false })).toBe(because);
    expect(redriveRefusal(one, read, { force: true })).toBe(because === 'withheld' ? 'withheld' : null);
  });

  it('with its own headers in their order, names repeated, and without those of a burial', () => {
    const headers = [
      { name: 'x', value: Buffer.from([0xff]) },
      { name: 'dlq-reason', value: Buffer.from('OLD') },
      { name: 'x', value: null },
      { name: 'ce_id', value: Buffer.from('1') },
    ];
    const message = originalOf({ key: null, value: null, headers: encodeHeaders(headers) }, 'requests');
    expect(message).toEqual({
      topic: 'requests',
      key: null,
      value: null,
      headers: [headers[0], headers[2], headers[3]],
    });
  });
});
