import { Agent } from 'node:http';
import axios from 'axios';
import { Kafka, logLevel, type EachBatchPayload, type Message } from 'kafkajs';

/**
 * The peer of the benchmark: what a careful team writes without a database. eachBatch → axios → one batched send → explicit commit.
 * It loses its place in the middle of a batch after a crash and pays again; it is here for its speed.
 */
const [brokers = '', requested = '', results = '', sandboxUrl = '', inFlightText = '64'] =
  process.argv.slice(2);
const inFlightMax = Number(inFlightText);

const kafka = new Kafka({ clientId: 'bare', brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer();
const consumer = kafka.consumer({ groupId: `bare-${requested}`, maxWaitTimeInMs: 100 });
const http = axios.create({
  baseURL: sandboxUrl,
  maxRedirects: 0,
  httpAgent: new Agent({ keepAlive: true, maxSockets: inFlightMax }),
  auth: { username: 'rzp_test_sandbox', password: 'sandbox_secret' },
});

let inFlight = 0;
const waiting: (() => void)[] = [];

async function slot<T>(call: () => Promise<T>): Promise<T> {
  if (inFlight >= inFlightMax) await new Promise<void>((resolve) => waiting.push(resolve));
  inFlight += 1;
  try {
    return await call();
  } finally {
    inFlight -= 1;
    waiting.shift()?.();
  }
}

interface Request {
  readonly refundId: string;
  readonly paymentId: string;
  readonly amount: string;
}

async function refund(request: Request): Promise<Message> {
  const { refundId, paymentId, amount } = request;
  const answer = await slot(
    async () =>
      await http.post<{ id: string }>(
        `/v1/payments/${paymentId}/refund`,
        { amount: Math.round(Number(amount) * 100), receipt: refundId.slice(0, 40) },
        { headers: { 'X-Refund-Idempotency': refundId } },
      ),
  );
  return {
    key: paymentId,
    value: JSON.stringify({ ...request, providerRefundId: answer.data.id }),
    headers: { ce_type: 'RefundCompleted', ce_subject: refundId },
  };
}

async function eachBatch(payload: EachBatchPayload): Promise<void> {
  const { batch } = payload;
  const messages = await Promise.all(
    batch.messages.map(async (message) => await refund(JSON.parse(String(message.value)) as Request)),
  );
  await producer.send({ topic: results, messages });
  const last = batch.lastOffset();
  payload.resolveOffset(last);
  await consumer.commitOffsets([
    { topic: batch.topic, partition: batch.partition, offset: String(Number(last) + 1) },
  ]);
  await payload.heartbeat();
}

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [requested], fromBeginning: true });
consumer.on(consumer.events.GROUP_JOIN, () => {
  process.stdout.write(`${JSON.stringify({ bare: 'ready' })}\n`);
});
process.on('SIGTERM', () => {
  void Promise.all([consumer.disconnect(), producer.disconnect()]).then(() => process.exit(0));
});
await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 12, eachBatch });
