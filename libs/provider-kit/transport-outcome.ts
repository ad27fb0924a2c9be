import type { LookUpResult, Outcome } from '#libs/refund';
import type { Answered, HttpFact } from './http/http-fact.ts';
import { notApplied, unknown } from './outcomes.ts';

export type Unavailable = Extract<LookUpResult, { kind: 'unavailable' }>;

/**
 * What a fact of the wire means for a call that moves money, the same for every provider. Null: a whole answer below 500 that is no redirect,
 * which only the provider's own tables can read.
 */
export function transportOutcome(fact: HttpFact): Outcome | null {
  switch (fact.kind) {
    case 'notSent':
      return notApplied('notSent', `the request was not sent: ${fact.why}`);
    case 'maybeSent':
      return unknown(fact.phase, `no answer: ${fact.why}`);
    case 'unreadable':
      return unknown('unreadable', `the answer cannot be read: ${fact.why}`);
    case 'answered':
      if (fact.httpStatus >= 500) return unknown('serverError', `HTTP ${String(fact.httpStatus)}`);
      return isRedirect(fact) ? unknown('redirect', `HTTP ${String(fact.httpStatus)}`) : null;
  }
}

/** The same for a call that only reads: whatever went wrong, it can be asked again. Null: an answer that the provider's tables read. */
export function transportUnavailable(fact: HttpFact): Unavailable | null {
  switch (fact.kind) {
    case 'notSent':
      return unavailable('notSent', `the request was not sent: ${fact.why}`);
    case 'maybeSent':
    case 'unreadable':
      return unavailable('noAnswer', `no answer: ${fact.why}`);
    case 'answered':
      if (fact.httpStatus === 429) return unavailable('rateLimited', 'HTTP 429', fact.retryAfterMs);
      if (fact.httpStatus === 401 || fact.httpStatus === 403) {
        return unavailable('credentials', `HTTP ${String(fact.httpStatus)}`);
      }
      return fact.httpStatus >= 500 || isRedirect(fact)
        ? unavailable('noAnswer', `HTTP ${String(fact.httpStatus)}`, fact.retryAfterMs)
        : null;
  }
}

export function unavailable(
  because: Unavailable['because'],
  text: string,
  retryAfterMs: number | null = null,
): Unavailable {
  return { kind: 'unavailable', because, retryAfterMs, text };
}

function isRedirect(fact: Answered): boolean {
  return fact.httpStatus >= 300 && fact.httpStatus < 400;
}
