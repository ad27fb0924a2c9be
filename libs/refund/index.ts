export { AMOUNT, currencyDecimals, formatAmount, invariant, parseAmount, ZERO, type Money } from './money.ts';
export {
  assertChange,
  isDoubtful,
  isFinal,
  mayChange,
  reserves,
  TRANSITIONS,
  visibleState,
  type RefundState,
  type VisibleState,
  type WaitingFor,
} from './state.ts';
export type {
  ActBy,
  Failure,
  LookUpResult,
  NotAppliedBecause,
  Outcome,
  PaymentReading,
  References,
  UnknownPhase,
} from './outcome.ts';
