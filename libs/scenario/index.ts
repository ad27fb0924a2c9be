export { checkLedger, sumOf, type Books, type LedgerCheck, type Summary } from './ledger.ts';
export { Observations, type Observed, type ObservedDeadLetter, type ObservedEvent } from './observed.ts';
export { OrderService, toOutgoing, type OrderTopics } from './order-service.ts';
export { planScenario, type ScenarioOptions } from './plan-scenario.ts';
export { SCRIPTS, type ProviderScript, type ScenarioProvider } from './provider-script.ts';
export type {
  MessageFate,
  Plan,
  PlannedEnd,
  PlannedMessage,
  PlannedPayment,
  PlannedRefund,
  Wave,
} from './plan.ts';
export { SandboxClient, SandboxError, type BookedRefund, type PaymentTruth } from './sandbox-client.ts';
