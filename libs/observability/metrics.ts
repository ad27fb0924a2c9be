import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Every metric there is. Labels are bounded: providers and accounts come from the configuration, verbs, verdicts, codes and statements
 * from unions in code. Nothing that a message says may become a label.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter<Label>({ name: `refundry_${name}`, help, labelNames, registers });
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge<Label>({ name: `refundry_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[],
  ) => new Histogram<Label>({ name: `refundry_${name}`, help, labelNames, buckets, registers });

  return {
    registry,
    requestsReceived: counter('requests_received_total', 'Records read from the topic of requests.'),
    requestsRejected: counter('requests_rejected_total', 'Requests our own rules refused.', ['code']),
    deadLetters: counter('dead_letters_total', 'Records that could not be handled.', ['code']),
    duplicates: counter('duplicates_total', 'Repeated requests with the same content, absorbed.'),
    refunds: counter('refunds_total', 'Results published, by kind.', ['provider', 'result']),
    providerCalls: counter('provider_calls_total', 'Calls to providers and what they meant.', [
      'provider',
      'verb',
      'verdict',
    ]),
    providerCallSeconds: histogram(
      'provider_call_seconds',
      'Duration of calls to providers.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ['provider', 'verb'],
    ),
    storeBatchRows: histogram(
      'store_batch_rows',
      'Rows written by one statement.',
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      ['statement'],
    ),
    storeBatchSeconds: histogram(
      'store_batch_seconds',
      'Duration of one statement.',
      [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      ['statement'],
    ),
    outboxDepth: gauge('outbox_depth', 'Events written and not yet acknowledged by the bus.'),
    outboxOldestSeconds: gauge('outbox_oldest_seconds', 'Age of the oldest such event.'),
    laneDepth: gauge('lane_depth', 'Payments with refunds that wait for their turn or their time.', [
      'provider',
      'account',
    ]),
    lookUpDepth: gauge('look_up_depth', 'Refunds that are looked up from time to time.'),
    deadLettersWaiting: gauge('dead_letters_waiting', 'Dead letters that are not on their topic yet.'),
    reviewRefunds: gauge('review_refunds', 'Refunds that a person has to decide, by the reason why.', [
      'provider',
      'reason',
    ]),
    webhooks: counter('webhooks_total', 'Webhooks received and what became of them.', [
      'provider',
      'verdict',
    ]),
    lateAnswers: counter('late_answers_total', 'Answers that came after the claim had passed on.', [
      'provider',
    ]),
    contradictions: counter('contradictions_total', 'Evidence that contradicts a final state.', ['provider']),
    ...accountMetrics(registers),
  };
}

function accountMetrics(registers: Registry[]) {
  const labelNames = ['provider', 'account'] as const;
  return {
    accountStopped: new Gauge({
      name: 'refundry_account_stopped',
      help: '1 while the account is stopped.',
      labelNames,
      registers,
    }),
    breaker: new Gauge({
      name: 'refundry_breaker',
      help: 'What this process claims of an account: 0 as usual, 1 fewer at a time, 2 nothing: its provider does not answer.',
      labelNames: [...labelNames, 'work'] as const,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics of this process. */
export const metrics: Metrics = createMetrics();

/** Adds memory, CPU, event loop and garbage collection of the process. Once per process. */
export function collectProcessMetrics(target: Metrics = metrics): void {
  collectDefaultMetrics({ register: target.registry });
}
