import { Controller, Get, Header, Inject } from '@nestjs/common';
import { metrics } from '#libs/observability';
import type { Loops } from '../loops.ts';
import { LOOPS } from '../tokens.ts';

/** Counting whole queues on every scrape would load the database it reports on. */
const QUEUES_AGE_MAX_MS = 2000;

@Controller('metrics')
export class MetricsController {
  private queuesAtMs = Number.NEGATIVE_INFINITY;

  constructor(@Inject(LOOPS) private readonly loops: Loops) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async metrics(): Promise<string> {
    await this.readQueues();
    return await metrics.registry.metrics();
  }

  private async readQueues(): Promise<void> {
    if (performance.now() - this.queuesAtMs < QUEUES_AGE_MAX_MS) return;
    this.queuesAtMs = performance.now();
    const queues = await this.loops.reports.queues().catch(() => null);
    if (queues === null) return;
    metrics.outboxDepth.set(queues.outbox);
    // Groups that are empty now have no row to say so.
    metrics.reviewRefunds.reset();
    for (const { provider, reason, refunds } of queues.reviews)
      metrics.reviewRefunds.set({ provider, reason }, refunds);
    metrics.lookUpDepth.set(queues.lookUps);
    metrics.deadLettersWaiting.set(queues.deadLetters);
    for (const { provider, name, lanes, stopped } of queues.accounts) {
      metrics.laneDepth.set({ provider, account: name }, lanes);
      metrics.accountStopped.set({ provider, account: name }, stopped ? 1 : 0);
    }
  }
}
