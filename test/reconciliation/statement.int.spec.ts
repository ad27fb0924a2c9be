import { readStatement } from '#libs/reconciliation';
import { openWorld, type Reconciled, type World } from './world.ts';

let world: World;
let invoices: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await openWorld();
  await world.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  const made: Record<string, string> = {};
  for (const name of ['same', 'missing', 'other', 'twice', 'lost']) {
    const paymentId = await world.payment('robokassa', '100.00', 'RUB');
    made[name] = paymentId;
    if (name === 'lost') {
      const fault = {
        operation: 'create',
        mode: 'drop-after-process',
        count: 1,
        probability: 1,
        seed: 1,
      } as const;
      await world.sandbox.addFault('robokassa', fault);
    }
    await world.request({
      refundId: name,
      provider: 'robokassa',
      paymentId,
      amount: '10.00',
      currency: 'RUB',
    });
    await world.until(name, 'completed', 'review');
  }
  invoices = made;
  await world.acknowledge();
  await world.stop();
});
afterAll(async () => {
  await world.close();
});

async function reconcile(rows: readonly string[]): Promise<Reconciled> {
  const key = world.config.accounts.findIndex(({ provider }) => provider === 'robokassa');
  const text = ['Invoice ID;Amount;Date;State', ...rows].join('\n');
  return await world.reconcile({ statements: new Map([[key, readStatement([text], 'Europe/Moscow')]]) });
}

const now = (): string => new Date().toISOString();
const row = (name: string, amount: string): string => `${invoices[name] ?? name};${amount};${now()};finished`;
const found = ({ differences }: Reconciled): readonly unknown[] =>
  differences.map((one) => [one.class, one.refundId, one.atRisk?.amount]);

describe('a statement beside the states of known refunds', () => {
  it('that agrees shows nothing but the refund whose answer was lost, which it has', async () => {
    const agreed = await reconcile([
      ...['same', 'missing', 'other', 'twice'].map((name) => row(name, '10.00')),
      row('lost', '10,00'),
    ]);
    expect(found(agreed)).toEqual([['still-unknown', 'lost', '10.00']]);
    expect(agreed.summary.notes).toEqual([]);
  });

  it('shows what is missing in it, other amounts, second refunds, and refunds that nobody here asked for', async () => {
    const rows = [
      row('same', '10.00'),
      row('other', '12.50'),
      row('twice', '10.00'),
      row('twice', '10.00'),
      row('424242', '5.00'),
    ];
    expect(found(await reconcile(rows))).toEqual([
      ['paid-twice', 'twice', '10.00'],
      ['missing-at-provider', 'missing', '10.00'],
      ['unknown-to-us', null, '5.00'],
      ['amount', 'other', '2.50'],
      ['still-unknown', 'lost', '10.00'],
    ]);
  });

  it('is told of where it is missing', async () => {
    const { summary } = await world.reconcile();
    expect(summary.notes).toEqual([expect.stringContaining('robokassa/default has no lists')]);
  });
});
