/** Places where a test may kill or stall the process; in production a no-op. */
export type Step =
  | 'intake.read'
  | 'intake.written'
  | 'intake.committed'
  | 'executor.claimed'
  | 'executor.armed'
  | 'executor.fenced'
  | 'executor.sending'
  | 'executor.sent'
  | 'executor.answered'
  | 'executor.settled'
  | 'lookUp.claimed'
  | 'lookUp.answered'
  | 'webhook.stored'
  | 'relay.claimed'
  | 'relay.publishing'
  | 'relay.sent'
  | 'relay.deleted';

/** What the loops tell the outside: logs, metrics and crash points are made of it by the composition root. */
export interface Watch {
  log(level: 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void;
  requests(count: number): void;
  rejected(code: string): void;
  duplicate(): void;
  deadLetter(code: string): void;
  call(provider: string, verb: string, verdict: string, durationMs: number): void;
  /** How much of an account this process claims from now on. */
  claiming(provider: string, account: string, work: string, state: 'closed' | 'slowed' | 'open'): void;
  settled(provider: string, state: string): void;
  /** An answer that came when the lane was somebody else's, or that contradicts what is stored. */
  late(): void;
  contradiction(): void;
  /** What became of a webhook; `provider` is `none` where no account has the address. */
  webhook(provider: string, verdict: string): void;
  published(entries: number, oldestAgeMs: number): void;
  step(name: Step): void | Promise<void>;
}
