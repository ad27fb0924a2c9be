import {
  declined,
  notApplied,
  oneLine,
  redact,
  transportUnavailable,
  unavailable,
  unknown,
  type Answered,
  type HttpFact,
  type Unavailable,
} from '#libs/provider-kit';
import type { Outcome } from '#libs/refund';
import { ruleFor } from './error-table.ts';
import { textOf, type XmlElement } from './xml.ts';

/** What an answer below 500 that is neither a transaction nor status 422 means for a call that moves money: the status alone says it. */
export function outcomeOfStatus({ httpStatus, retryAfterMs }: Answered): Outcome {
  const text = `HTTP ${String(httpStatus)}`;
  switch (httpStatus) {
    case 401:
      return notApplied('credentials', text, { code: 'CREDENTIALS_REFUSED' });
    case 403:
      // Either the role may not refund, or a parameter is unknown. The core's probe tells which: only the first one stops the account.
      return notApplied('credentials', text, { code: 'NOT_ALLOWED' });
    case 426:
      return notApplied('credentials', text, { code: 'API_VERSION_REFUSED' });
    case 404:
      return declined('PAYMENT_NOT_FOUND', `${text}: Braintree does not know this transaction`, {
        actBy: 'merchant',
        mayRequestAgain: false,
      });
    case 429:
      return notApplied('rateLimited', text, { code: 'RATE_LIMITED', retryAfterMs });
    case 408:
      return unknown('serverError', text);
    default:
      return unknown('unlisted', text);
  }
}

/** What the errors of an `<api-error-response>` mean for a call that moves money. */
export function outcomeOfErrors(response: XmlElement, answer: Answered, secrets: readonly string[]): Outcome {
  const errors = errorsIn(response);
  const validations = errors.map((error) => textOf(error, 'code') ?? '');
  const words = errors.map((error) => `${textOf(error, 'code') ?? '?'} ${textOf(error, 'message') ?? ''}`);
  const said =
    words.length > 0 ? words.join('; ') : (textOf(response, 'message') ?? 'without an error in it');
  const text = oneLine(`HTTP 422: ${redact(said, secrets)}`);
  const rule = ruleFor(validations);
  if (rule === null) return unknown('unlisted', text);
  const { meaning } = rule;
  switch (meaning.kind) {
    case 'declined':
      return declined(meaning.code, text, meaning);
    case 'notApplied':
      return notApplied(meaning.because, text, { code: meaning.code, retryAfterMs: answer.retryAfterMs });
    case 'look':
      return unknown('unlisted', `${meaning.code}: ${text}`);
    case 'repeat':
      return unknown('serverError', `${meaning.code}: ${text}`);
  }
}

/** Whatever depth they stand at: `errors/transaction/errors/error`, or deeper for a line item. */
function errorsIn(element: XmlElement): readonly XmlElement[] {
  return element.children.flatMap((each) => {
    // What was sent is repeated here, and the caller's texts are not Braintree's words.
    if (each.name === 'params') return [];
    return each.name === 'error' ? [each] : errorsIn(each);
  });
}

/** A call that reads and learnt nothing, or that the thing asked for does not exist. Null: an answer to be read. */
export function refusedRead(
  fact: HttpFact,
): { readonly kind: 'notFound'; readonly text: string } | Unavailable | null {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  const text = `HTTP ${String(fact.httpStatus)}`;
  switch (fact.httpStatus) {
    case 200:
      return null;
    case 404:
      return { kind: 'notFound', text };
    case 426:
      return unavailable('credentials', text);
    default:
      return unavailable('noAnswer', text, fact.retryAfterMs);
  }
}
