import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { batchOf, openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;

const REFUNDS = 100;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ verify: 'never', ...options });
};

const fault = async (mode: string, fields: object = {}): Promise<void> => {
  await top.sandbox.addFault('razorpay', { operation: 'create', mode, probability: 1, seed: 1, ...fields });
};

const refunds = async (count: number): Promise<void> => {
  const requests = [];
  for (let no = 0; no < count; no += 1)
    requests.push({ refundId: `a-${String(no)}`, paymentId: await top.payment('100.00'), amount: '10.00' });
  await top.request(requests);
};

const stored = async (): Promise<{ completed: number; calls: number; callsMost: number }> => {
  const { rows } = await top.sql.query<{ completed: number; calls: number; most: number }>(
    "select count(*) filter (where state = 'completed')::int as completed, sum(calls)::int as calls, max(calls) as most from refundry.refund",
  );
  const [{ completed, calls, most } = { completed: 0, calls: 0, most: 0 }] = rows;
  return { completed, calls, callsMost: most };
};

const asked = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 10_000)).filter(({ path }) => path.includes('/v1/refunds?')).length;

const told = (what: string): number => top.counts.get(what) ?? 0;

const until = async (what: () => Promise<boolean> | boolean): Promise<void> => {
  const deadlineMs = performance.now() + 60_000;
  while (!(await what())) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const untilAllCompleted = async (count: number): Promise<void> => {
  await until(async () => (await stored()).completed === count);
};

afterEach(async () => {
  await top.close();
});

describe('a provider that is down', () => {
  it('costs a few of the waiting refunds one call, is asked now and then, and gets all of them when it is back', async () => {
    await open({ callsMax: 3 });
    await fault('html-502', { operation: '*' });
    await refunds(REFUNDS);
    top.executor.start();
    await until(async () => (await asked()) >= 8);
    // Five that failed, and those which were armed by then: twice the calls that may be in flight.
    expect((await stored()).calls).toBeLessThanOrEqual(5 + 2 * top.account.concurrency);
    expect(
      top.log.filter((line) => line.startsWith('warn a provider does not answer')).length,
    ).toBeLessThanOrEqual(2);
    await top.sandbox.clearFaults();
    await untilAllCompleted(REFUNDS);
    expect((await stored()).callsMost).toBeLessThanOrEqual(2);
    expect(await top.booked()).toHaveLength(REFUNDS);
    expect(told('claiming refunds open')).toBe(1);
    await until(() => told('claiming refunds closed') === 1);
  });

  it('costs nothing more while there is only one refund to send, and that one is no case for a person', async () => {
    await open({ callsMax: 10 });
    await fault('html-502', { operation: '*' });
    await refunds(1);
    top.executor.start();
    await until(async () => (await asked()) >= 20);
    await top.sandbox.clearFaults();
    await untilAllCompleted(1);
    expect((await stored()).calls).toBeLessThanOrEqual(2);
  });

  it('does not keep a processor from stopping', async () => {
    await open();
    await fault('html-502', { operation: '*' });
    await refunds(REFUNDS);
    top.executor.start();
    await until(() => told('claiming refunds open') === 1);
    await top.executor.stop();
    const { rows } = await top.sql.query('select from refundry.payment where lease_until > now()');
    expect(rows).toEqual([]);
  });
});

describe('an account that makes too many calls', () => {
  it('makes fewer at a time, and no refund is given up for it', async () => {
    await open({ callsMax: 2 });
    await fault('rate-limit', { count: 40, retryAfterMs: 20 });
    await refunds(REFUNDS);
    top.executor.start();
    await untilAllCompleted(REFUNDS);
    expect(told('claiming refunds slowed')).toBeGreaterThan(0);
    expect(told('claiming refunds open')).toBe(0);
    expect((await stored()).calls).toBe(REFUNDS + 40);
    expect(await top.booked()).toHaveLength(REFUNDS);
  });
});

/** Providers that are of no use, each at an address of its own, and what becomes of what would be claimed there. */
const USELESS = [
  {
    how: 'answers nothing',
    becomes: 'open',
    server: () => createServer((socket) => socket.on('error', () => undefined)),
  },
  {
    how: 'takes no more calls for now',
    becomes: 'slowed',
    server: () =>
      createHttpServer((_request, response) => {
        response.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' }).end('{}');
      }),
  },
] as const;

describe('an account whose provider', () => {
  it.each(USELESS)('$how › does not slow another one of the same process', async ({ becomes, server }) => {
    await open({ callTimeoutMs: 400 });
    const useless = server();
    await new Promise<void>((resolve) => useless.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = useless.address() as AddressInfo;
      const baseUrl = `http://127.0.0.1:${String(port)}`;
      const account = { ...top.account.account, name: 'useless', merchant: 'useless', baseUrl };
      const [registered] = await top.accounts.register([account]);
      const other = { ...top.account, ...registered, account };
      const requests = Array.from({ length: REFUNDS }, (_none, no) => ({
        refundId: `useless-${String(no)}`,
        paymentId: `pay_${String(no)}`,
        amount: '10.00',
        account: 'useless',
      }));
      await top.intake({ groupId: 'useless' }, undefined, other).take(batchOf(requests, 0, Date.now()));
      await refunds(20);
      top.processor({ others: [other] }).start();
      await untilAllCompleted(20);
      await until(() => told(`claiming refunds ${becomes}`) > 0);
      const { rows } = await top.sql.query<{ calls: number; waiting: number }>(
        `select sum(calls)::int as calls, count(*) filter (where state in ('requested', 'submitting', 'unknown'))::int as waiting
         from refundry.refund where refund_id like 'useless-%'`,
      );
      expect(rows[0]?.waiting).toBe(REFUNDS);
      expect(rows[0]?.calls).toBeLessThan(REFUNDS / 2);
    } finally {
      useless.close();
    }
  });
});
