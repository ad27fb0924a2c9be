import { createEmbeddedBus, type Bus, type BatchReader } from '#libs/bus';
import { requestMessage } from '#libs/contracts';
import { openBenchTop, type BenchTop } from './bench-top.ts';

const TOPIC = 'refunds.requested.v1';
const PARTITIONS = 4;
const REQUESTS = 8000;
/** What intake is handed at a time, and what it may have of each partition. */
const BATCH_RECORDS_MAX = 500;

let top: BenchTop;
let bus: Bus;
const readers: BatchReader[] = [];

beforeEach(async () => {
  top = await openBenchTop();
  bus = createEmbeddedBus({ databaseUrl: top.databaseUrl, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics([{ topic: TOPIC, partitions: PARTITIONS }]);
  await admin.close();
});
afterEach(async () => {
  await top.sql.query('rollback');
  for (const reader of readers.splice(0)) await reader.stop();
  await bus.close();
  await top.close();
});

const publish = async (): Promise<void> => {
  const writer = await bus.writer();
  for (let from = 0; from < REQUESTS; from += BATCH_RECORDS_MAX) {
    const messages = Array.from({ length: BATCH_RECORDS_MAX }, (_none, index) => {
      const no = String(from + index);
      return requestMessage(
        {
          refundId: `a-${no}`,
          provider: 'razorpay',
          paymentId: `pay_${no}`,
          amount: '1.00',
          currency: 'INR',
        },
        { topic: TOPIC, ceId: `e-${no}`, ceSource: '/orders', time: new Date().toISOString() },
      );
    });
    await writer.send(messages, AbortSignal.timeout(30_000));
  }
  await writer.close();
};

const start = async (reader: BatchReader, onBatch: Parameters<BatchReader['start']>[1]): Promise<void> => {
  readers.push(reader);
  await reader.start([TOPIC], onBatch);
};

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  const deadlineMs = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const requests = (): number => top.counts.get('requests') ?? 0;

describe('a database that answers nothing for a while', () => {
  it('pauses intake: no more than a batch of each partition is in memory, and all are taken in when it goes on', async () => {
    const intake = top.intake();
    let inHand = 0;
    let inHandMost = 0;
    await top.sql.query('begin');
    await top.sql.query('lock table refundry.refund_id in access exclusive mode');
    await publish();
    await start(bus.reader({ groupId: 'g', positions: intake }), async (batch) => {
      inHand += batch.records.length;
      inHandMost = Math.max(inHandMost, inHand);
      await intake.take(batch).finally(() => {
        inHand -= batch.records.length;
      });
    });
    let seen = 0;
    await start(bus.reader({ groupId: 'other' }), async ({ records }) => {
      seen += records.length;
      await Promise.resolve();
    });
    // Somebody who is not held up has read all of them by now.
    await until(() => seen === REQUESTS && inHand > 0);
    expect(inHandMost).toBeLessThanOrEqual(PARTITIONS * BATCH_RECORDS_MAX);
    const { rows: waiting } = await top.sql.query(
      'select 1 from refundry.intake_position where next_offset > 0',
    );
    expect(waiting).toEqual([]);
    await top.sql.query('commit');
    await until(async () => {
      const { rows } = await top.sql.query<{ count: number }>('select count(*)::int from refundry.refund_id');
      return rows[0]?.count === REQUESTS;
    });
    expect(requests()).toBeGreaterThanOrEqual(REQUESTS);
    expect(inHandMost).toBeLessThanOrEqual(PARTITIONS * BATCH_RECORDS_MAX);
  }, 120_000);
});
