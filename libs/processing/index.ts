export { AccountBook, type ProcessingAccount, type Verify } from './accounts.ts';
export { Executor, type ExecutorOptions } from './executor/executor.ts';
export { Intake, type IntakeOptions } from './intake/intake.ts';
export { lookFirstWhereRowsWereLost } from './intake/lost-rows.ts';
export { Relay, type RelayOptions } from './relay/relay.ts';
export { Sealer, type SealerOptions } from './sealer/sealer.ts';
export { retryPolicy, type RetryLimits, type ScheduleOverrides } from './retry-policy.ts';
export type { Step, Watch } from './watch.ts';
export { WEBHOOK_OPTIONS, Webhooks, type WebhookOptions, type WebhookVerdict } from './webhook/webhooks.ts';
