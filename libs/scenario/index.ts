export { isBooked, type Books } from './booked.ts';
export { checkLedger, sumOf, type LedgerCheck, type Summary } from './ledger.ts';
export { Observations, type Observed, type ObservedDeadLetter, type ObservedEvent } from './observed.ts';
export { OrderService, toOutgoing, type OrderTopics } from './order-service.ts';
export { planScenario, type ScenarioOptions } from './plan-scenario.ts';
export { SCRIPTS } from './provider-script.ts';
export {
  PAYMENT_PLACEHOLDER,
  RUN_HEADER,
  type MessageFate,
  type Plan,
  type PlannedEnd,
  type PlannedFault,
  type PlannedMessage,
  type PlannedPayment,
  type PlannedRefund,
  type ScenarioProvider,
  type Wave,
} from './plan.ts';
export { Random } from './random.ts';
export { SandboxClient, SandboxError, type BookedRefund, type PaymentTruth } from './sandbox-client.ts';
