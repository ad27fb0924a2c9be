/**
 * What RoboKassa's words say. Every word it documents is here (sources in MAPPINGS.md; a test compares the two both ways). The numbers of the two lists
 * for payments, and those of the legacy interface, have nothing to do with each other.
 */
const RESULT_CODES = {
  0: 'answered',
  1: 'credentials',
  2: 'credentials',
  3: 'notFound',
  4: 'ambiguous',
  1000: 'trouble',
} as const;

/** `State.Code` of OpStateExt. */
const OPERATION_STATES = {
  5: 'notCaptured',
  10: 'notCaptured',
  20: 'notCaptured',
  50: 'later',
  60: 'returned',
  80: 'later',
  100: 'captured',
} as const;

/** `label` of GetState. */
const REFUND_LABELS = {
  processing: 'pending',
  finished: 'succeeded',
  canceled: 'cancelled',
} as const;

/** `State` of the legacy interface, where its library says only this one word. */
const LEGACY_STATES = { 5: 'succeeded' } as const;

export type ResultMeaning = (typeof RESULT_CODES)[keyof typeof RESULT_CODES];
export type OperationMeaning = (typeof OPERATION_STATES)[keyof typeof OPERATION_STATES];
export type RefundMeaning = (typeof REFUND_LABELS)[keyof typeof REFUND_LABELS];

/** Null for a word that is not listed. */
export const resultMeaning = (code: string): ResultMeaning | null => meaningOf(RESULT_CODES, code);
export const operationMeaning = (code: string): OperationMeaning | null => meaningOf(OPERATION_STATES, code);
export const refundMeaning = (label: string): RefundMeaning | null => meaningOf(REFUND_LABELS, label);
export const isLegacySuccess = (state: string): boolean => meaningOf(LEGACY_STATES, state) !== null;

export const STATUS_WORDS = {
  result: Object.entries(RESULT_CODES),
  operation: Object.entries(OPERATION_STATES),
  refund: Object.entries(REFUND_LABELS),
  legacy: Object.entries(LEGACY_STATES),
} as const;

function meaningOf<Meaning extends string>(
  table: Readonly<Record<string, Meaning>>,
  word: string,
): Meaning | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}
