import { ListingUnavailable, unavailable, type ProviderRefund } from '#libs/provider-kit';
import type { ComparedAccount } from './account.ts';
import { listPatiently } from './listing.ts';

const busy = (retryAfterMs: number | null = null): ListingUnavailable =>
  new ListingUnavailable(unavailable('rateLimited', 'HTTP 429', retryAfterMs));
const tooLong = (): ListingUnavailable => new ListingUnavailable(unavailable('noAnswer', 'too much'), true);

function refund(second: number): ProviderRefund {
  return {
    providerRefundId: `r${String(second)}`,
    paymentId: 'p',
    amount: '1.00',
    currency: 'INR',
    status: 'succeeded',
    reference: null,
    refundId: null,
    createdAtMs: second * 1000,
  };
}

/** One refund a second from 0 to `last`, newest first; `broken` may throw before each of them. */
function account(
  last: number,
  broken: (window: { fromMs: number; toMs: number }, yielded: number) => void,
): ComparedAccount {
  return {
    account: { provider: 'razorpay', name: 'a', merchant: 'a', mode: 'test', baseUrl: '', credentials: null },
    visibilityDelayMs: 0,
    lateAfterMs: 0,
    concurrency: 1,
    reader: {
      listRefunds: async function* (_account, { fromMs = 0, toMs = 0 }) {
        let yielded = 0;
        broken({ fromMs, toMs }, yielded);
        for (let second = last; second >= 0; second -= 1) {
          if (second * 1000 < fromMs || second * 1000 > toMs) continue;
          yield await Promise.resolve(refund(second));
          yielded += 1;
          broken({ fromMs, toMs }, yielded);
        }
      },
    },
  };
}

async function listed(of: ComparedAccount, toMs = 60_000) {
  const waits: number[] = [];
  const ids: string[] = [];
  const signal = new AbortController().signal;
  const patience = {
    triesMax: 3,
    waitFirstMs: 1,
    signal,
    onWait: (_why: string, ms: number) => waits.push(ms),
  };
  for await (const { providerRefundId } of listPatiently(of, { fromMs: 0, toMs }, patience))
    ids.push(providerRefundId);
  return { distinct: new Set(ids).size, read: ids.length, waits };
}

describe('a listing that breaks off', () => {
  it('goes on from the refund that was seen last, as late as the provider asks for', async () => {
    let faults = 4;
    const of = account(30, (_window, yielded) => {
      if (yielded === 7 && faults > 0) {
        faults -= 1;
        throw busy(5);
      }
    });
    // Each time it began again with the last one that it had.
    expect(await listed(of)).toEqual({ distinct: 31, read: 31 + 4, waits: [5, 5, 5, 5] });
  });

  it('is given up when it breaks off too often in one place, or the keys are refused', async () => {
    const of = account(30, (_window, yielded) => {
      if (yielded === 1) throw busy();
    });
    await expect(listed(of, 0)).rejects.toThrow('HTTP 429');
    const refused = account(30, () => {
      throw new ListingUnavailable(unavailable('credentials', 'HTTP 401'));
    });
    await expect(listed(refused)).rejects.toThrow('HTTP 401');
  });
});

describe('a window that is too long for the provider', () => {
  it('is halved where nothing of it can be had', async () => {
    const of = account(30, ({ fromMs, toMs }) => {
      if (toMs - fromMs > 5000) throw tooLong();
    });
    expect(await listed(of)).toMatchObject({ distinct: 31, waits: [] });
  });

  it('goes on from the last refund where some of it came', async () => {
    const of = account(30, (_window, yielded) => {
      if (yielded === 10) throw tooLong();
    });
    expect(await listed(of)).toMatchObject({ distinct: 31, waits: [] });
  });

  it('is given up when a single second is too long', async () => {
    const of = account(30, () => {
      throw tooLong();
    });
    await expect(listed(of)).rejects.toThrow('too much');
  });
});
