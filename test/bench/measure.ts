import type { Bus } from '#libs/bus';
import { cpuSeconds, peakResidentMiB, treeCpuSeconds } from './process-meter.ts';
import {
  createPayments,
  createTopics,
  percentile,
  produce,
  readResults,
  setLatency,
  type Contestant,
} from './workload.ts';

export interface Figures {
  readonly refundsPerSecond: number;
  /** CPU seconds per 1000 refunds. */
  readonly processCpu: number;
  readonly databaseCpu: number;
  readonly peakMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Load {
  readonly bus: Bus;
  readonly sandboxUrl: string;
  readonly latencyMs: number;
  /** Refunds that wait when the contestant starts: throughput. */
  readonly backlog: number;
  /** Refunds sent at `ratePerSecond` afterwards: latency. */
  readonly paced: number;
  readonly ratePerSecond: number;
}

const TIMEOUT_MS = 300_000;
let run = 0;

/** One contestant under one load: first a backlog, from the first result to the last; then a paced stream, from request to result. */
export async function measure(name: string, contestant: Contestant, load: Load): Promise<Figures> {
  run += 1;
  const id = `bench-${name.replaceAll(/\W+/g, '-')}-${String(load.latencyMs)}-${String(process.pid)}-${String(run)}`;
  const topics = await createTopics(load.bus, id);
  const payments = await createPayments(load.sandboxUrl, load.backlog + load.paced);
  await setLatency(load.sandboxUrl, load.latencyMs);
  const warmUp = Math.floor(load.backlog / 10);
  await produce(load.bus, topics.requested, payments.slice(0, warmUp), `${id}-w`, null);
  const arrivals = await readResults(load.bus, topics.results);
  const running = await contestant(topics);
  const { child, databasePid } = running;
  try {
    await arrivals.all(warmUp, TIMEOUT_MS);
    const measured = load.backlog - warmUp;
    const before = {
      process: cpuSeconds(child.pid),
      database: databasePid === null ? 0 : treeCpuSeconds(databasePid),
    };
    const startedAtMs = performance.now();
    await produce(load.bus, topics.requested, payments.slice(warmUp, load.backlog), `${id}-b`, null);
    await arrivals.all(load.backlog, TIMEOUT_MS);
    const seconds = (Math.max(...arrivals.atMs.values()) - startedAtMs) / 1000;
    const thousands = measured / 1000;
    const processCpu = (cpuSeconds(child.pid) - before.process) / thousands;
    const databaseCpu =
      databasePid === null ? 0 : (treeCpuSeconds(databasePid) - before.database) / thousands;
    const sentAtMs = await produce(
      load.bus,
      topics.requested,
      payments.slice(load.backlog),
      `${id}-p`,
      load.ratePerSecond,
    );
    await arrivals.all(load.backlog + load.paced, TIMEOUT_MS);
    const delays = [...sentAtMs].map(
      ([refundId, sent]) => (arrivals.atMs.get(refundId) ?? Number.NaN) - sent,
    );
    return {
      refundsPerSecond: measured / seconds,
      processCpu,
      databaseCpu,
      peakMiB: peakResidentMiB(child.pid),
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
    };
  } finally {
    await running.close();
    await arrivals.stop();
  }
}
