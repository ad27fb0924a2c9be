import { Decimal } from 'decimal.js';
import type { Exchange, PaymentAnswer, StoredAttempt } from '#libs/provider-kit';
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

/** A look-up as the call log keeps it: the provider refund by its name, or what our attempts are known by on the payment. */
export function lookUpRow(
  attempt: StoredAttempt,
  { result, exchange }: { readonly result: LookUpResult; readonly exchange: Exchange },
): CallRow {
  const { attemptNo, providerRefundId, references, paymentId } = attempt;
  const asked =
    providerRefundId === null
      ? `payment ${paymentId} for ${references.join(', ')}`
      : `payment ${paymentId} for refund ${providerRefundId}`;
  return { ...callRow(attemptNo, 'lookUp', exchange, lookUpWord(result)), asked };
}

const NOT_TOLD = { captured: new Decimal(0), refundedTotal: null };

/** A reading of a payment as the call log keeps it, with what the provider showed as left. */
export function readingRow(attemptNo: number, paymentId: string, answer: PaymentAnswer): CallRow {
  const verdict = answer.kind === 'unavailable' ? `unavailable ${answer.because}` : answer.kind;
  const call = { ...callRow(attemptNo, 'payment', answer.exchange, verdict), asked: `payment ${paymentId}` };
  const { captured, refundedTotal } = answer.kind === 'read' ? answer.reading : NOT_TOLD;
  return refundedTotal === null ? call : { ...call, leftThere: captured.minus(refundedTotal).toFixed() };
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
function lookUpWord(result: LookUpResult): string {
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
