import { Kafka, logLevel } from 'kafkajs';
import { startCommand } from '../support/child.ts';
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
    const payment = { provider: 'razorpay', amount: '100.00', currency: 'INR' };
    const { paymentId } = await world.sandbox.createPayment(payment);
    const consumer = kafka.consumer({ groupId: `${world.groupId}-orders` });
    await consumer.connect();
    await consumer.subscribe({ topics: [world.topics.results], fromBeginning: true });
    let readAtMs = 0;
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        resolve();
      });
    });
    const result = new Promise<{ headers: Record<string, string>; body: Record<string, unknown> }>(
      (resolve) => {
        void consumer.run({
          eachMessage: async ({ message }) => {
            readAtMs = Date.now();
            const headers = Object.fromEntries(
              Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
            );
            resolve({ headers, body: JSON.parse(String(message.value)) as Record<string, unknown> });
            await Promise.resolve();
          },
        });
      },
    );
    // What joining a group takes is not ours.
    await joined;
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({
      topic: world.topics.requested,
      messages: [
        {
          key: paymentId,
          value: JSON.stringify({
            refundId: 'rf_plain',
            provider: 'razorpay',
            paymentId,
            amount: '10.50',
            currency: 'INR',
            orderId: 'o-1',
          }),
          headers: {
            ce_specversion: '1.0',
            ce_id: 'e-1',
            ce_source: '/orders',
            ce_type: 'RefundRequested',
            'content-type': 'application/json',
          },
        },
      ],
    });
    const { headers, body } = await result;
    expect(headers).toMatchObject({
      ce_type: 'RefundCompleted',
      ce_subject: 'rf_plain',
      ce_source: '/refundry/results',
      ce_id: 'rf_plain.2',
      ce_dataschema: 'urn:refundry:RefundCompleted:1',
    });
    expect(body).toMatchObject({
      refundId: 'rf_plain',
      amount: '10.50',
      currency: 'INR',
      orderId: 'o-1',
      requestEventId: 'e-1',
      sequence: 2,
      mode: 'test',
      remaining: '89.50',
    });
    const [booked] = await world.sandbox.refunds('razorpay');
    expect(readAtMs - Date.parse(booked?.createdAt ?? '')).toBeLessThan(1000);
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
