import {
  asObject,
  asText,
  declined,
  member,
  notApplied,
  oneLine,
  parseJsonObject,
  redact,
  unavailable,
  unknown,
  type Answered,
  type Unavailable,
} from '#libs/provider-kit';
import type { Outcome } from '#libs/refund';
import { ruleFor } from './error-table.ts';

interface Refusal {
  /** `error.code`; empty where there is none. */
  readonly word: string;
  /** The vendor's words, masked, on one line. */
  readonly text: string;
}

/** What an answer below 500 that is not 200 means for the call that creates a refund. */
export function outcomeOfRefusal(answer: Answered, secrets: readonly string[]): Outcome {
  const { httpStatus, retryAfterMs } = answer;
  const { word, text } = readRefusal(answer, secrets);
  // The status alone says it, whatever the words.
  if (httpStatus === 429) return notApplied('rateLimited', text, { code: 'RATE_LIMITED', retryAfterMs });
  if (httpStatus === 401) return notApplied('credentials', text, { code: 'CREDENTIALS_REFUSED' });
  const meaning = ruleFor(httpStatus, word)?.meaning;
  switch (meaning?.kind) {
    case 'declined':
      return declined(meaning.code, text, meaning);
    case 'notApplied':
      return notApplied(meaning.because, text, { code: meaning.code, retryAfterMs });
    case 'look':
      return unknown('unlisted', `${meaning.code}: ${text}`);
    case undefined:
      return unknown('unlisted', text);
  }
}

/** The same for a call that reads: either the thing asked for does not exist, or nothing was learnt. */
export function refusedRead(
  answer: Answered,
  secrets: readonly string[],
): { readonly kind: 'notFound'; readonly text: string } | Unavailable {
  const { word, text } = readRefusal(answer, secrets);
  const isMissing = answer.httpStatus === 404 && /^(payment|refund)_not_found$/.test(word);
  return isMissing ? { kind: 'notFound', text } : unavailable('noAnswer', text, answer.retryAfterMs);
}

function readRefusal({ httpStatus, body }: Answered, secrets: readonly string[]): Refusal {
  const error = asObject(member(parseJsonObject(body) ?? {}, 'error')) ?? {};
  const word = asText(member(error, 'code')) ?? '';
  const message = asText(member(error, 'message')) ?? 'no message';
  return { word, text: oneLine(`HTTP ${String(httpStatus)} ${redact(`${word}: ${message}`, secrets)}`) };
}
