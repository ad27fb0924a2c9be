import type { Bus } from '#libs/bus';
import { SandboxClient } from '#libs/scenario';
import { cpuSeconds, peakResidentMiB, treeCpuSeconds } from './process-meter.ts';
import {
  createPayments,
  createTopics,
  percentile,
  produce,
  readResults,
  type Contestant,
} from './workload.ts';

export interface Figures {
  readonly refundsPerSecond: number;
  /** CPU seconds per 1000 refunds. */
  readonly processCpu: number;
  readonly databaseCpu: number;
  /** Of everything that both sides need: broker, sandbox, the benchmark itself. */
  readonly restCpu: number;
  /** Cores at work while it was measured, all of these together: near the machine's number, nothing but CPU is compared. */
  readonly coresBusy: number;
  readonly peakMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Load {
  readonly bus: Bus;
  readonly sandboxUrl: string;
  /** Broker, sandbox and the benchmark itself. */
  readonly restPids: readonly number[];
  readonly latencyMs: number;
  /** Refunds that wait when the contestant starts: throughput. */
  readonly backlog: number;
  /** Refunds sent at `ratePerSecond` afterwards: latency. */
  readonly paced: number;
  readonly ratePerSecond: number;
}

const TIMEOUT_MS = 300_000;
/** Refunds before anything is measured: a process that runs for days has long been compiled, one of either side that has just started is busy with that. */
const WARM_UP = 24_000;
let run = 0;

/** One contestant under one load: first a backlog, from the first result to the last; then a paced stream, from request to result. */
export async function measure(name: string, contestant: Contestant, load: Load): Promise<Figures> {
  run += 1;
  const id = `bench-${name.replaceAll(/\W+/g, '-')}-${String(load.latencyMs)}-${String(process.pid)}-${String(run)}`;
  const topics = await createTopics(load.bus, id);
  const sandbox = new SandboxClient(load.sandboxUrl);
  // Its books are in memory: those of the measurements before would slow this one, and fill it in the end.
  await sandbox.reset();
  const payments = await createPayments(load.sandboxUrl, WARM_UP + load.backlog + load.paced);
  const part = (from: number, count: number): readonly string[] => payments.slice(from, from + count);
  await sandbox.setLatency(0);
  await produce(load.bus, topics.requested, part(0, WARM_UP), `${id}-w`, null);
  const arrivals = await readResults(load.bus, topics.results);
  const running = await contestant(topics);
  const { child, databasePid } = running;
  try {
    await arrivals.all(WARM_UP, TIMEOUT_MS);
    await sandbox.setLatency(load.latencyMs);
    const before = used(child.pid, databasePid, load);
    const startedAtMs = performance.now();
    await produce(load.bus, topics.requested, part(WARM_UP, load.backlog), `${id}-b`, null);
    await arrivals.all(WARM_UP + load.backlog, TIMEOUT_MS);
    const seconds = (Math.max(...arrivals.atMs.values()) - startedAtMs) / 1000;
    const after = used(child.pid, databasePid, load);
    const thousands = load.backlog / 1000;
    const cpu = (of: keyof Used): number => after[of] - before[of];
    const sentAtMs = await produce(
      load.bus,
      topics.requested,
      part(WARM_UP + load.backlog, load.paced),
      `${id}-p`,
      load.ratePerSecond,
    );
    await arrivals.all(payments.length, TIMEOUT_MS);
    const delays = [...sentAtMs].map(
      ([refundId, sent]) => (arrivals.atMs.get(refundId) ?? Number.NaN) - sent,
    );
    return {
      refundsPerSecond: load.backlog / seconds,
      processCpu: cpu('process') / thousands,
      databaseCpu: cpu('database') / thousands,
      restCpu: cpu('rest') / thousands,
      coresBusy: (cpu('process') + cpu('database') + cpu('rest')) / seconds,
      peakMiB: peakResidentMiB(child.pid),
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
    };
  } finally {
    await running.close();
    await arrivals.stop();
  }
}

interface Used {
  readonly process: number;
  readonly database: number;
  readonly rest: number;
}

function used(pid: number, databasePid: number | null, { restPids }: Load): Used {
  return {
    process: cpuSeconds(pid),
    database: databasePid === null ? 0 : treeCpuSeconds(databasePid),
    rest: restPids.reduce((sum, one) => sum + cpuSeconds(one), 0),
  };
}
