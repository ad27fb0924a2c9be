/** What a repair may do, only on request. None of them moves money. */
export const HEALS = ['look-up', 'record-external', 'publish'] as const;
export type Heal = (typeof HEALS)[number];

export type Severity = 'high' | 'medium' | 'low';

/** One way in which two of the four sides can disagree. */
export interface DifferenceClass {
  readonly code: string;
  readonly meaning: string;
  readonly severity: Severity;
  /** What to do about it; `{refundId}`, `{account}` and `{paymentId}` are filled in. */
  readonly action: string;
  readonly heals: readonly Heal[];
}

/** Every class, in the order in which reports show them. docs/RECONCILIATION.md has the same table; a test compares the two. */
export const CLASSES = [
  {
    code: 'paid-twice',
    meaning: 'the provider shows a second refund for one of ours',
    severity: 'high',
    action: 'Compare both at the provider; then `refundctl reconcile … --heal record-external`',
    heals: ['record-external'],
  },
  {
    code: 'failed-but-paid',
    meaning: 'we say failed or reversed, and the provider paid',
    severity: 'high',
    action: '`refundctl reconcile … --heal record-external`, then tell whoever asked for {refundId}',
    heals: ['record-external'],
  },
  {
    code: 'missing-at-provider',
    meaning: 'we say completed or pending, and the provider shows no such refund',
    severity: 'high',
    action: 'Check account and payment at the provider, then `refundctl reconcile … --heal look-up`',
    heals: ['look-up'],
  },
  {
    code: 'completed-but-failed',
    meaning: 'we say completed, and at the provider it failed or was reversed',
    severity: 'high',
    action: '`refundctl reconcile … --heal look-up`: the processor reads it again and publishes the reversal',
    heals: ['look-up'],
  },
  {
    code: 'unknown-to-us',
    meaning: 'a refund at the provider that is none of ours, made in its dashboard for example',
    severity: 'high',
    action: 'Find out who made it; then `refundctl reconcile … --heal record-external`',
    heals: ['record-external'],
  },
  {
    code: 'wrong-place',
    meaning: 'the provider shows our refund at another payment or another account',
    severity: 'high',
    action: 'Compare both payments at the provider before anybody refunds either again',
    heals: [],
  },
  {
    code: 'amount',
    meaning: 'the provider shows another amount than we have',
    severity: 'high',
    action: 'Ask the provider for its record; correct the books by hand',
    heals: [],
  },
  {
    code: 'currency',
    meaning: 'the provider shows another currency than we have',
    severity: 'high',
    action: 'Ask the provider for its record; correct the books by hand',
    heals: [],
  },
  {
    code: 'test-in-live',
    meaning: 'test money stands among live refunds, or live money among test refunds',
    severity: 'high',
    action: 'Check which keys {account} has; take the refund out of the books it does not belong to',
    heals: [],
  },
  {
    code: 'request-not-taken',
    meaning: 'a request is on the bus, and we have neither a refund nor a dead letter for it',
    severity: 'high',
    action: 'See that a processor reads the topic; if it does, send the request again: it is safe',
    heals: [],
  },
  {
    code: 'request-content',
    meaning: 'the request on the bus asks for something else than the refund that we have',
    severity: 'high',
    action: 'Compare `refundctl refund show {refundId}` with the record on the bus',
    heals: [],
  },
  {
    code: 'still-unknown',
    meaning: 'nobody knows yet whether the money moved, and the provider should show it by now',
    severity: 'high',
    action: '`refundctl review show {refundId}`, or `refundctl reconcile … --heal look-up`',
    heals: ['look-up'],
  },
  {
    code: 'result-not-published',
    meaning: 'the refund has ended, and its result is not on the results topic',
    severity: 'medium',
    action: 'See that a processor runs; then `refundctl reconcile … --heal publish`',
    heals: ['publish'],
  },
  {
    code: 'result-not-acknowledged',
    meaning: 'the result was published, and its consumer does not say that it has it',
    severity: 'medium',
    action: 'See that the consumer runs; then `refundctl reconcile … --heal publish`',
    heals: ['publish'],
  },
  {
    code: 'stale-status',
    meaning: 'the provider has ended it, and we still take it for under way',
    severity: 'medium',
    action: '`refundctl reconcile … --heal look-up`',
    heals: ['look-up'],
  },
  {
    code: 'request-not-on-bus',
    meaning: 'we have a refund whose request is not where it was read from',
    severity: 'medium',
    action: 'Find out whether the topic was made anew; keep `refundctl refund show {refundId}` as the record',
    heals: [],
  },
  {
    code: 'late',
    meaning: 'it is open for longer than its account allows',
    severity: 'low',
    action: '`refundctl refund show {refundId}` tells what it waits for',
    heals: ['look-up'],
  },
] as const satisfies readonly DifferenceClass[];

export type ClassCode = (typeof CLASSES)[number]['code'];

export function classOf(code: ClassCode): DifferenceClass {
  const found = CLASSES.find((one) => one.code === code);
  if (found === undefined) throw new Error(`no class ${code}`);
  return found;
}
