import { createKafkaBus, type Bus } from '#libs/bus';
import { requestMessage } from '#libs/contracts';
import { SandboxClient } from '#libs/scenario';
import type { Child } from '../support/child.ts';

/** Topics of one measurement; each has its own, so that nothing of another is read. */
export interface BenchTopics {
  readonly requested: string;
  readonly results: string;
  readonly status: string;
  readonly deadLetters: string;
}

const PARTITIONS = 12;
const SEND_MAX = 500;

export function openBus(brokers: string): Bus {
  return createKafkaBus({ brokers: brokers.split(','), clientId: 'bench', log: () => undefined });
}

export async function createTopics(bus: Bus, name: string): Promise<BenchTopics> {
  const topics = {
    requested: `${name}.requested`,
    results: `${name}.results`,
    status: `${name}.status`,
    deadLetters: `${name}.dlq`,
  };
  const admin = await bus.admin();
  await admin.createTopics(Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS })));
  await admin.close();
  return topics;
}

/** Captured payments at the sandbox, one for each refund. */
export async function createPayments(sandboxUrl: string, count: number): Promise<readonly string[]> {
  const planned = Array.from({ length: count }, (_, n) => ({
    ref: String(n),
    kind: 'captured' as const,
    paymentId: null,
    amount: '100.00',
    currency: 'INR',
    fields: {},
  }));
  return [...(await new SandboxClient(sandboxUrl).createPayments('razorpay', planned)).values()];
}

/** Produces one request for each payment; answers when each was handed to the bus. `ratePerSecond` null: as fast as it goes. */
export async function produce(
  bus: Bus,
  topic: string,
  payments: readonly string[],
  prefix: string,
  ratePerSecond: number | null,
): Promise<ReadonlyMap<string, number>> {
  const sentAtMs = new Map<string, number>();
  const writer = await bus.writer();
  const size = ratePerSecond === null ? SEND_MAX : Math.max(1, Math.round(ratePerSecond / 100));
  const startedAtMs = performance.now();
  for (let from = 0; from < payments.length; from += size) {
    const messages = payments.slice(from, from + size).map((paymentId, index) => {
      const refundId = `${prefix}-${String(from + index)}`;
      sentAtMs.set(refundId, performance.now());
      const request = {
        refundId,
        provider: 'razorpay',
        paymentId,
        amount: '10.00',
        currency: 'INR',
        orderId: `o-${String(from + index)}`,
      } as const;
      return requestMessage(request, {
        topic,
        ceId: `e-${refundId}`,
        ceSource: '/bench',
        time: new Date().toISOString(),
      });
    });
    await writer.send(messages, AbortSignal.timeout(30_000));
    if (ratePerSecond !== null) {
      const dueMs = startedAtMs + ((from + size) / ratePerSecond) * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    }
  }
  await writer.close();
  return sentAtMs;
}

export interface Arrivals {
  /** When each refund's result was read, by refundId. */
  readonly atMs: ReadonlyMap<string, number>;
  all(count: number, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Reads results as they come. */
export async function readResults(bus: Bus, topic: string): Promise<Arrivals> {
  const atMs = new Map<string, number>();
  const reader = bus.reader({ groupId: `${topic}-bench`, concurrency: PARTITIONS });
  await reader.start([topic], async (batch) => {
    const nowMs = performance.now();
    for (const record of batch.records) {
      const subject = record.headers.find(({ name }) => name === 'ce_subject')?.value?.toString('utf8') ?? '';
      if (!atMs.has(subject)) atMs.set(subject, nowMs);
    }
    await Promise.resolve();
  });
  return {
    atMs,
    all: async (count, timeoutMs) => {
      const deadlineMs = performance.now() + timeoutMs;
      while (atMs.size < count) {
        if (performance.now() > deadlineMs)
          throw new Error(`${String(atMs.size)} of ${String(count)} results arrived in time`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop: async () => {
      await reader.stop();
    },
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export type Contestant = (
  topics: BenchTopics,
) => Promise<{ readonly child: Child; readonly databasePid: number | null; close(): Promise<unknown> }>;
