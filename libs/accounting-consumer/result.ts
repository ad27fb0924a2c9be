import type { ResultType } from '#libs/contracts';

/** One line of a result's double entry. The side it does not stand on is 0. */
export interface EntryLine {
  readonly account: string;
  readonly currency: string;
  /** Plain decimals, as on the wire. */
  readonly debit: string;
  readonly credit: string;
}

/** A result that was read and found sound. */
export interface Result {
  readonly ceId: string;
  readonly type: ResultType;
  readonly refundId: string;
  readonly paymentId: string;
  readonly sequence: number;
  /** `ce_id` of the completion that a reversal takes back; null for everything else. */
  readonly reverses: string | null;
  /** Empty when no money moved. */
  readonly lines: readonly EntryLine[];
  /** SHA-256 of the value as it came. */
  readonly digest: Buffer;
  /** SHA-256 of the value without its free text: what is left of the event when that is erased by law. */
  readonly coreDigest: Buffer;
}

/** Why a record is kept aside instead of entering the books. docs/ERRORS.md says what to do about each. */
export type SuspectReason =
  | 'RESULT_UNREADABLE'
  | 'RESULT_TYPE_UNKNOWN'
  | 'RESULT_SCHEMA_BROKEN'
  | 'RESULT_ID_MISMATCH'
  | 'RESULT_CONTRADICTS'
  | 'LINES_UNBALANCED'
  | 'TEST_MONEY_MISPLACED'
  | 'STORE_REFUSED';

/** `detail` is in words of ours: nothing of the record is in it, so that it may be logged. */
export interface Suspicion {
  readonly kind: 'suspect';
  readonly reason: SuspectReason;
  readonly detail: string;
}

export type Reading = { readonly kind: 'result'; readonly result: Result } | Suspicion;

/**
 * Whether two events with one `ce_id` say the same. Their bytes are equal, or one is exactly the other without its free text: a refund whose
 * free text was erased is published again without it, and that changes nothing in the books.
 */
export function saysTheSame(
  one: Pick<Result, 'digest' | 'coreDigest'>,
  other: Pick<Result, 'digest' | 'coreDigest'>,
): boolean {
  return (
    one.digest.equals(other.digest) ||
    one.digest.equals(other.coreDigest) ||
    one.coreDigest.equals(other.digest)
  );
}
