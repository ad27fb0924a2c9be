import { createEmbeddedBus, type BatchReader, type Bus } from '#libs/bus';
import { requestMessage } from '#libs/contracts';
import { until } from '../support/until.ts';
import { openBenchTop, type BenchTop } from './bench-top.ts';

const TOPIC = 'refunds.requested.v1';
/** What a sender may write where the broker does not compare it with its own clock. */
const TIMES = ['1764000000123000000', '9223372036854775807', '-9223372036854775808', '-1'];

let top: BenchTop;
let bus: Bus;
let reader: BatchReader | null = null;

beforeEach(async () => {
  top = await openBenchTop();
  bus = createEmbeddedBus({ databaseUrl: top.databaseUrl, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics([{ topic: TOPIC, partitions: 1 }]);
  await admin.close();
});

afterEach(async () => {
  await reader?.stop();
  await bus.close();
  await top.close();
});

/** One request that intake takes and one record that it cannot read for each time, and a request behind them. */
async function publish(): Promise<void> {
  const request = (no: number) =>
    requestMessage(
      {
        refundId: `r${String(no)}`,
        provider: 'razorpay',
        paymentId: 'pay_00000000000001',
        amount: '1.00',
        currency: 'INR',
      },
      { topic: TOPIC, ceId: `e${String(no)}`, ceSource: '/orders', time: new Date().toISOString() },
    );
  const writer = await bus.writer();
  const timed = TIMES.flatMap((_time, no) => [
    request(no),
    { topic: TOPIC, key: null, value: Buffer.from('{'), headers: [] },
  ]);
  await writer.send([...timed, request(TIMES.length)], AbortSignal.timeout(30_000));
  await writer.close();
  for (const [no, time] of TIMES.entries())
    await top.sql.query(
      'update refundry_bus.record set recorded_at_ms = $1::bigint where record_offset in ($2, $3)',
      [time, 2 * no, 2 * no + 1],
    );
}

describe('records with impossible times', () => {
  it('are taken in like others, looked up first because their age is not known, and block nothing behind them', async () => {
    await publish();
    const intake = top.intake();
    reader = bus.reader({ groupId: 'g', positions: intake });
    await reader.start([TOPIC], async (batch) => {
      await intake.take(batch);
    });
    await until(
      'all are taken in',
      async () => (await intake.load()).get(`${TOPIC}/0`)?.next === 2 * TIMES.length + 1,
    );
    const { rows } = await top.sql.query(
      'select refund_id, look_first from refundry.refund order by refund_id',
    );
    expect(rows).toEqual([
      ...TIMES.map((_time, no) => ({ refund_id: `r${String(no)}`, look_first: true })),
      { refund_id: `r${String(TIMES.length)}`, look_first: false },
    ]);
    const { rows: dead } = await top.sql.query(
      'select record_offset::int as at, record_at from refundry.dead_letter order by record_offset',
    );
    expect(dead).toEqual(TIMES.map((_time, no) => ({ at: 2 * no + 1, record_at: new Date(0) })));
  });
});
