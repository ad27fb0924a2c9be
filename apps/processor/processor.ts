import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Config } from '#libs/config';
import type { Connections } from '#libs/connections';
import type { Loops } from './loops.ts';
import { CONFIG, CONNECTIONS, LOOPS, WATCH } from './tokens.ts';
import type { ProcessWatch } from './watch.ts';

export type ProcessorState = 'starting' | 'running' | 'draining';

/**
 * Start and stop order of the process. Start from the far end, so that each loop finds the next one running; stop from the near end: no new
 * request, then the calls in flight, then the events they wrote, then the connections.
 */
@Injectable()
export class Processor implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  state: ProcessorState = 'starting';
  private deadline: NodeJS.Timeout | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CONNECTIONS) private readonly connections: Connections,
    @Inject(LOOPS) private readonly loops: Loops,
    @Inject(WATCH) private readonly watch: ProcessWatch,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.sealer?.start();
    this.loops.relay?.start();
    this.loops.executor?.start();
    this.state = 'running';
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    this.state = 'draining';
    this.watch.log('info', 'draining', { signal });
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
    await this.loops.intake?.reader.stop();
    await this.loops.executor?.stop();
    await this.loops.relay?.stop();
    await this.loops.sealer?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loops.close();
    await this.connections.close();
    if (this.deadline !== null) clearTimeout(this.deadline);
    this.watch.log('info', 'stopped');
  }
}
