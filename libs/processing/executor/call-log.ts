import type { Exchange } from '#libs/provider-kit';
import type { LookUpResult, Outcome } from '#libs/refund';
import type { CallRow } from '#libs/store';

/** One exchange as the call log keeps it. */
export function callRow(
  attemptNo: number,
  verb: CallRow['verb'],
  exchange: Exchange,
  verdict: string,
): CallRow {
  return {
    attemptNo,
    verb,
    startedAtMs: Math.round(exchange.startedAtMs),
    durationMs: Math.round(exchange.durationMs),
    httpStatus: exchange.httpStatus,
    answer: exchange.answer,
    verdict,
  };
}

/** An outcome in one word and its detail, for the call log. */
export function verdictOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'succeeded':
    case 'pending':
      return outcome.kind;
    case 'declined':
      return `declined ${outcome.code}`;
    case 'notApplied':
      return `notApplied ${outcome.because}`;
    case 'unknown':
      return `unknown ${outcome.phase}`;
  }
}

/** What a look-up showed, in the words of the call log. */
export function lookUpWord(result: LookUpResult): string {
  switch (result.kind) {
    case 'found':
      return `found ${verdictOf(result.outcome)}`;
    case 'absent':
    case 'ambiguous':
      return result.kind;
    case 'unavailable':
      return `unavailable ${result.because}`;
  }
}
