export { accept, rejection, type AcceptFacts, type Acceptance, type RequestFault } from './accept.ts';
export {
  accountNews,
  afterBalanceRefused,
  afterProbe,
  afterWork,
  isUncounted,
  isToBeProbed,
  nextTurn,
  type AccountChange,
  type AccountStanding,
  type AccountStop,
  type StopCause,
} from './account-stop.ts';
export { arm, refusedArm, withReading, type ArmDecision, type ArmFacts, type RefusedArm } from './arm.ts';
export { AMOUNT, currencyDecimals, formatAmount, invariant, parseAmount, ZERO, type Money } from './money.ts';
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
export { amountLeft, type PaymentSums } from './payment-sums.ts';
export {
  checkOfReview,
  NOTHING_MOVED,
  stepOfReview,
  type ReviewCheck,
  type ReviewDecision,
  type ReviewFacts,
  type ReviewRefusal,
  type ReviewStep,
} from './review.ts';
export { settle, toReview, type SettleFacts, type Settlement } from './settle.ts';
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
export {
  afterLookUp,
  afterNotApplied,
  backOff,
  keyStillHolds,
  nextReread,
  REFUSED_ALONE,
  type AfterLookUp,
  type AfterNotApplied,
  type LookUpFacts,
  type RetryPolicy,
  type TriesSoFar,
} from './what-next.ts';
