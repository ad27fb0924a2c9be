import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Config } from '#libs/config';
import type { Connections } from '#libs/connections';
import type { Loops } from './loops.ts';
import { CONFIG, CONNECTIONS, LOOPS, WATCH } from './tokens.ts';
import type { ProcessWatch } from './watch.ts';

export type ProcessorState = 'starting' | 'running' | 'draining';

/** How often the reader is asked whether it has given up for good. */
const HEALTH_MS = 1000;

/**
 * Start and stop order of the process. Start from the far end, so that each loop finds the next one running; stop from the near end: no new
 * request, no new call, and those in flight to their end; then the events they wrote, then the connections.
 */
@Injectable()
export class Processor implements BeforeApplicationShutdown, OnApplicationShutdown {
  state: ProcessorState = 'starting';
  private deadline: NodeJS.Timeout | undefined;
  private health: NodeJS.Timeout | undefined;
  private readonly dead = Promise.withResolvers<never>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CONNECTIONS) private readonly connections: Connections,
    @Inject(LOOPS) private readonly loops: Loops,
    @Inject(WATCH) private readonly watch: ProcessWatch,
  ) {
    this.dead.promise.catch(() => undefined);
  }

  /** Rejects when the reader has given up for good; the process should drain and end. */
  get failed(): Promise<never> {
    return this.dead.promise;
  }

  /** Starts the work on stored refunds. Called before the reading and after all else: a start that fails earlier has called no provider. */
  start(): void {
    this.loops.sealer?.start();
    this.loops.relay?.start();
    this.loops.executor?.start();
    this.health = setInterval(() => {
      this.checkReader();
    }, HEALTH_MS);
    this.state = 'running';
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.state = 'draining';
    clearInterval(this.health);
    this.watch.log('info', 'draining');
    const { graceMs } = this.config.limits;
    this.deadline = setTimeout(() => {
      // Leases of a killed process end by themselves: whoever takes these refunds next looks them up first.
      this.watch.log('error', 'draining took longer than graceMs; what is in flight is left to its leases', {
        graceMs,
        inFlight: this.loops.executor?.inFlight ?? 0,
      });
      process.exit(1);
    }, graceMs);
    this.deadline.unref();
    // Two at a time: with the brokers away each waits out a deadline of its own, and one after the other they outlast the grace period.
    await Promise.all([this.loops.intake?.reader.stop(), this.loops.executor?.stop()]);
    await Promise.all([this.loops.relay?.stop(), this.loops.sealer?.stop()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loops.close();
    await this.connections.close();
    clearTimeout(this.deadline);
    this.watch.log('info', 'stopped');
  }

  private checkReader(): void {
    const fatal = this.loops.intake?.reader.health().fatal ?? null;
    if (fatal === null) return;
    clearInterval(this.health);
    this.watch.log('error', 'the reader has given up for good', { error: fatal });
    this.dead.reject(fatal);
  }
}
