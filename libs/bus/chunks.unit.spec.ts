import { chunksOf } from './chunks.ts';
import type { OutgoingMessage } from './port.ts';

const message = (topic: string, length = 1): OutgoingMessage => ({
  topic,
  key: null,
  value: Buffer.alloc(length),
  headers: [],
});
const sizes = (
  messages: readonly OutgoingMessage[],
  limits: ReadonlyMap<string, number> = new Map(),
): number[] => chunksOf(messages, limits).map((chunk) => chunk.length);

describe('cutting messages into requests', () => {
  it('sends at most 500 in one request and keeps the order', () => {
    const messages = Array.from({ length: 1_100 }, () => message('t'));
    expect(sizes(messages)).toEqual([500, 500, 100]);
    const order = chunksOf(messages, new Map()).flatMap((chunk) => chunk.map(({ index }) => index));
    expect(order).toEqual(messages.map((_, index) => index));
  });

  it('sends at most a mebibyte in one request, and a larger message alone', () => {
    const large = message('t', 400_000);
    expect(sizes([large, large, large])).toEqual([2, 1]);
    expect(sizes([message('t'), message('t', 3_000_000), message('t')])).toEqual([1, 1, 1]);
  });

  it('keeps what goes to one topic within its limit', () => {
    const limits = new Map([['tight', 1_000]]);
    expect(
      sizes(
        Array.from({ length: 5 }, () => message('tight', 400)),
        limits,
      ),
    ).toEqual([2, 2, 1]);
    expect(
      sizes(
        [message('tight', 400), message('wide', 400), message('tight', 400), message('wide', 400)],
        limits,
      ),
    ).toEqual([4]);
  });

  it('sends nothing for nothing', () => {
    expect(sizes([])).toEqual([]);
  });
});
