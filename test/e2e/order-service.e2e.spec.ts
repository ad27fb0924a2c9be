import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { startCommand } from '../support/child.ts';
import { until } from '../support/until.ts';
import { BROKERS, describeOnKafka, openWorld, type World } from './world.ts';

describeOnKafka('a plain Kafka client that knows only the contract', () => {
  let world: World;

  beforeEach(async () => {
    world = await openWorld();
  });

  afterEach(async () => {
    await world.close();
  });

  it('produces a RefundRequested and reads its RefundCompleted within a second of the answer', async () => {
    await world.startProcessor();
    const kafka = new Kafka({
      clientId: 'orders',
      brokers: (BROKERS ?? '').split(','),
      logLevel: logLevel.NOTHING,
    });
    const consumer = kafka.consumer({ groupId: `${world.groupId}-orders` });
    const producer = kafka.producer();
    await Promise.all([consumer.connect(), producer.connect()]);
    await consumer.subscribe({ topics: [world.topics.results], fromBeginning: true });
    const results = new Map<string, { readAtMs: number; message: KafkaMessage }>();
    // What joining a group takes is not ours.
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        resolve();
      });
    });
    await consumer.run({
      eachMessage: async ({ message }) => {
        results.set(String(message.headers?.['ce_subject']), { readAtMs: Date.now(), message });
        await Promise.resolve();
      },
    });
    await joined;
    const refunded = async (
      refundId: string,
      amount: string,
    ): Promise<{ message: KafkaMessage; ms: number }> => {
      const payment = { provider: 'razorpay', amount: '100.00', currency: 'INR' };
      const { paymentId } = await world.sandbox.createPayment(payment);
      const request = { refundId, provider: 'razorpay', paymentId, amount, currency: 'INR', orderId: 'o-1' };
      const headers = {
        ce_specversion: '1.0',
        ce_id: 'e-1',
        ce_source: '/orders',
        ce_type: 'RefundRequested',
        'content-type': 'application/json',
      };
      const { requested } = world.topics;
      const message = { key: paymentId, value: JSON.stringify(request), headers };
      await producer.send({ topic: requested, messages: [message] });
      await until(`the result of ${refundId}`, () => results.has(refundId));
      const result = results.get(refundId);
      const [booked] = (await world.sandbox.refunds('razorpay')).filter((one) => one.paymentId === paymentId);
      if (result === undefined || booked === undefined) throw new Error(`${refundId} was not paid`);
      return { message: result.message, ms: result.readAtMs - Date.parse(booked.createdAt) };
    };
    const { message, ms } = await refunded('rf_plain', '10.50');
    const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(headers)).toMatchObject({
      ce_type: 'RefundCompleted',
      ce_subject: 'rf_plain',
      ce_source: '/refundry/results',
      ce_id: 'rf_plain.2',
      ce_dataschema: 'urn:refundry:RefundCompleted:1',
    });
    expect(JSON.parse(String(message.value))).toMatchObject({
      refundId: 'rf_plain',
      amount: '10.50',
      currency: 'INR',
      orderId: 'o-1',
      requestEventId: 'e-1',
      sequence: 2,
      mode: 'test',
      remaining: '89.50',
    });
    // The quickest of some: a machine that stands still for a moment is not what is measured.
    const delays = [ms];
    for (const no of [1, 2, 3, 4]) delays.push((await refunded(`rf_more${String(no)}`, '1.00')).ms);
    expect(Math.min(...delays)).toBeLessThan(1000);
    await consumer.disconnect();
    await producer.disconnect();
  }, 60_000);

  it('tells npm start to stop with SIGTERM › it drains and npm exits 0', async () => {
    const npm = await startCommand('npm', ['start'], world.environment);
    const port = String(npm.ready['port']);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
      'refundry_requests_received_total',
    );
    expect(await npm.stop()).toBe(0);
  }, 120_000);
});
