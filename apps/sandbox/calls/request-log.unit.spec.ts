import type { FastifyRequest } from 'fastify';
import { RequestLog } from './request-log.ts';

const request = (url: string, body?: string): FastifyRequest =>
  ({ method: 'POST', url, headers: {}, body }) as unknown as FastifyRequest;

describe('the request log', () => {
  it('keeps the latest ten thousand calls and answers them oldest first', () => {
    const log = new RequestLog();
    for (let index = 0; index < 10_005; index += 1) {
      log.begin('razorpay', 'create', request(`/${index}`), index);
    }
    expect(log.latest(3).map(({ url }) => url)).toEqual(['/10002', '/10003', '/10004']);
    const all = log.latest(20_000);
    expect(all).toHaveLength(10_000);
    expect(all[0]?.url).toBe('/5');
  });

  it('picks the calls of one provider', () => {
    const log = new RequestLog();
    log.begin('razorpay', 'create', request('/1'), 0);
    log.begin('braintree', 'create', request('/2'), 0);
    log.begin('razorpay', 'create', request('/3'), 0);
    expect(log.latest(10, 'razorpay').map(({ url }) => url)).toEqual(['/1', '/3']);
    expect(log.latest(1, 'braintree').map(({ url }) => url)).toEqual(['/2']);
  });

  it('shortens long bodies', () => {
    const log = new RequestLog();
    log.begin('razorpay', 'create', request('/', 'x'.repeat(100_000)), 0);
    expect(log.latest(1)[0]?.body).toBe(`${'x'.repeat(2_048)}…`);
  });
});
