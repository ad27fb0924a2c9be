import { randomInt } from 'node:crypto';
import { Arena } from './arena.ts';
import { auditKeyed } from './audit-keyed.ts';
import { auditKeyless, underWay } from './audit-keyless.ts';
import { KeyedBank } from './keyed-bank.ts';
import { KeylessBank } from './keyless-bank.ts';
import { Person } from './person.ts';
import { Random } from './random.ts';
import { planTraffic } from './traffic.ts';
import { Webhooks } from './webhooks.ts';

/** Some twenty seconds, several times that where other work takes the processors. */
const TIMEOUT_MS = 180_000;

let arena: Arena;

beforeEach(async () => {
  arena = await Arena.open();
});
afterEach(async () => {
  await arena.close();
});

const seeded = (): Random => {
  const seed = Number(process.env['BRUTE_SEED'] ?? randomInt(2 ** 31));
  process.stdout.write(`brute force: BRUTE_SEED=${String(seed)}\n`);
  return new Random(seed);
};

const count = async (text: string): Promise<number> =>
  (await arena.sql.query<{ count: number }>(`select count(*)::int as count ${text}`)).rows[0]?.count ?? 0;

const faults = (): readonly string[] =>
  arena.errors().filter((error) => /constraint|invariant|duplicate key|contradicts/.test(error));

describe('brute force with kills, stalls, lost and late answers, cut connections and repeated requests', () => {
  it(
    'loses nothing and pays nothing twice at a provider with keys',
    async () => {
      const random = seeded();
      const traffic = planTraffic(random);
      const bank = new KeyedBank(random);
      for (const [paymentId, captured] of traffic.payments) bank.openPayment(paymentId, captured);
      const published = await arena.run(
        bank,
        traffic,
        random,
        // What is still looked up; of refunds that have ended too, where an old answer came late.
        async () =>
          (await count(`from refundry.refund where state not in ('completed', 'failed')`)) +
          (await count('from refundry.look_up')),
      );
      expect(await auditKeyed(arena.sql, traffic, bank, published)).toEqual([]);
      expect(faults()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'loses nothing and pays nothing twice at a provider without keys or names of ours, and asks a person for nothing but lost answers',
    async () => {
      const random = seeded();
      const traffic = planTraffic(random, { crowded: 60, each: 10, roomy: 30 });
      const bank = new KeylessBank(random);
      for (const [paymentId, captured] of traffic.payments) bank.openPayment(paymentId, captured);
      const webhooks = new Webhooks(arena.url, bank, random);
      const person = new Person(arena.url, bank, traffic.payments.keys(), random);
      const published = await arena.run(
        bank,
        traffic,
        random,
        async () => await underWay(arena.sql, person.leftAlone),
      );
      await webhooks.close();
      await person.close();
      expect(await auditKeyless(arena, traffic, bank, published, person)).toEqual([]);
      expect(faults()).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
