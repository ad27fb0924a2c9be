import { Wire } from '#libs/bus/testing';
import { Database, ExecutorStore, IntakeStore } from '#libs/store';
import { until } from '../support/until.ts';
import { batchOf, openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { openRelayBench, TOPICS } from './relay-bench.ts';
import { robokassa } from './robokassa-provider.ts';

/** Short, so that the test is; what takes longer on a busy machine is repeated as well. */
const ANSWER_WITHIN_MS = 1500;

let wire: Wire;
let behindWire: Database[];
/** The host has vanished. */
let isGone: boolean;

/** The database at that address, as a processor reaches it. */
function through(databaseUrl: string): Database {
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(wire.port);
  const database = new Database(url.toString(), () => undefined, ANSWER_WITHIN_MS);
  behindWire.push(database);
  return database;
}

beforeEach(async () => {
  const { hostname, port } = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  wire = await Wire.to({ host: hostname, port: Number(port) });
  behindWire = [];
  isGone = false;
});

afterEach(async () => {
  // First, because a pool says goodbye to its idle connections and waits until the host has heard it.
  await wire.close();
  await Promise.all(behindWire.map(async (database) => await database.close()));
});

const REFUNDS = ['a', 'b', 'c'];

describe.each(['lost', 'taken'] as const)(
  'a database host that vanishes, while what is sent to it is %s',
  (requests) => {
    /** An executor whose database host vanishes when one refund has come as far as that step. */
    async function executing(at: string, options: BenchTopOptions = {}): Promise<BenchTop> {
      const bench = await openBenchTop({
        ...options,
        store: ({ url }) => new ExecutorStore(through(url), { gatherMs: () => 0, onFlush: () => undefined }),
        step: (name) => {
          if (isGone || name !== at) return;
          isGone = true;
          wire.vanish(requests);
        },
      });
      for (const refundId of REFUNDS)
        await bench.request([{ refundId, paymentId: await bench.payment('100.00'), amount: '10.00' }]);
      bench.executor.start();
      return bench;
    }

    it.each<[string, BenchTopOptions]>([
      ['executor.claimed', {}],
      ['executor.armed', {}],
      ['executor.answered', {}],
      ['executor.settled', {}],
      ['lookUp.claimed', { provider: robokassa() }],
      ['lookUp.answered', { provider: robokassa() }],
    ])(
      'after %s › the executor goes on over new connections and pays every refund once',
      async (at, options) => {
        const bench = await executing(at, options);
        try {
          for (const refundId of REFUNDS) await bench.until(refundId, 'completed');
          expect(isGone).toBe(true);
          expect((await bench.booked()).map(({ amount }) => amount)).toEqual(REFUNDS.map(() => '10.00'));
        } finally {
          await bench.close();
        }
      },
    );

    it('before a fence › no refund without a key is paid twice, and what may have been sent is left to a person', async () => {
      const bench = await executing('executor.sending', { provider: robokassa() });
      try {
        const states: string[] = [];
        for (const refundId of REFUNDS)
          states.push((await bench.until(refundId, 'completed', 'review')).refund.state);
        expect(isGone).toBe(true);
        const paid = (await bench.booked()).length;
        expect(paid).toBeLessThanOrEqual(REFUNDS.length);
        expect(paid).toBeGreaterThanOrEqual(states.filter((state) => state === 'completed').length);
      } finally {
        await bench.close();
      }
    });

    it('while requests are written › intake is told, and takes them in once when they come again', async () => {
      const bench = await openBenchTop();
      try {
        const intake = bench.intake({}, new IntakeStore(through(bench.databaseUrl)));
        const paymentId = await bench.payment('100.00');
        const batch = (refundId: string, from: number) =>
          batchOf([{ refundId, paymentId, amount: '10.00' }], from, Date.now());
        await intake.take(batch('a', 0));
        wire.vanish(requests);
        await expect(intake.take(batch('b', 1))).rejects.toThrow('Query read timeout');
        const isThere = async (): Promise<boolean> =>
          (await bench.sql.query(`select from refundry.refund_id where refund_id = 'b'`)).rowCount === 1;
        await until('what was taken is committed', async () => requests === 'lost' || (await isThere()));
        const again = await intake.take(batch('b', 1)).then(
          () => 'written',
          (error: unknown) => (error as Error).name,
        );
        expect(again).toBe(requests === 'lost' ? 'written' : 'StalePosition');
        await intake.take(batch('c', 2));
        const { rows } = await bench.sql.query(
          'select refund_id, sequence from refundry.refund order by refund_id',
        );
        expect(rows).toEqual(REFUNDS.map((refund_id) => ({ refund_id, sequence: 1 })));
      } finally {
        await bench.close();
      }
    });

    it('while events are sent › the relay goes on and leaves none out', async () => {
      const bench = await openRelayBench({}, 4 * ANSWER_WITHIN_MS);
      try {
        await bench.write(1, 'a', [1, 2]);
        bench.relay('one', {
          database: through(bench.databaseUrl),
          onSend: async (_messages, deliver) => {
            await deliver();
            if (!isGone) wire.vanish(requests);
            isGone = true;
          },
        });
        await bench.until('the host is gone', () => isGone);
        await bench.write(1, 'a', [3]);
        await bench.until('all is published', async () => (await bench.outboxRows()) === 0);
        expect([...new Set(await bench.ids(TOPICS.results))]).toEqual(['a.1', 'a.2', 'a.3']);
      } finally {
        await bench.close();
      }
    });
  },
);
