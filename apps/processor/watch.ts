import { metrics, step, type Logger } from '#libs/observability';
import type { Step, Watch } from '#libs/processing';

const BREAKER = { closed: 0, slowed: 1, open: 2 } as const;

/** What the loops tell, as log lines, metrics and crash points. */
export class ProcessWatch implements Watch {
  constructor(private readonly logger: Logger) {}

  log(
    level: 'info' | 'warn' | 'error',
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    this.logger[level](fields, message);
  }

  requests(count: number): void {
    metrics.requestsReceived.inc(count);
  }

  rejected(code: string): void {
    metrics.requestsRejected.inc({ code });
  }

  duplicate(): void {
    metrics.duplicates.inc();
  }

  deadLetter(code: string): void {
    metrics.deadLetters.inc({ code });
  }

  call(provider: string, verb: string, verdict: string, durationMs: number): void {
    // The first word only: a provider's own code must not become a label.
    metrics.providerCalls.inc({ provider, verb, verdict: verdict.split(' ', 1)[0] ?? verdict });
    metrics.providerCallSeconds.observe({ provider, verb }, durationMs / 1000);
  }

  claiming(provider: string, account: string, work: string, state: 'closed' | 'slowed' | 'open'): void {
    metrics.breaker.set({ provider, account, work }, BREAKER[state]);
  }

  settled(provider: string, state: string): void {
    metrics.refunds.inc({ provider, result: state });
  }

  late(): void {
    metrics.lateAnswers.inc();
  }

  contradiction(): void {
    metrics.contradictions.inc();
  }

  webhook(provider: string, verdict: string): void {
    metrics.webhooks.inc({ provider, verdict });
  }

  published(_entries: number, oldestAgeMs: number): void {
    metrics.outboxOldestSeconds.set(Math.max(0, oldestAgeMs) / 1000);
  }

  flushed(statement: string, rows: number, durationMs: number): void {
    metrics.storeBatchRows.observe({ statement }, rows);
    metrics.storeBatchSeconds.observe({ statement }, durationMs / 1000);
  }

  step(name: Step): void {
    step(name);
  }
}
