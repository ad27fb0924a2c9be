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
import { ruleFor, type ErrorRule } from './error-table.ts';

interface Refusal {
  /** The provider's words, masked, on one line. */
  readonly text: string;
  readonly rule: ErrorRule | null;
}

/** What an answer below 500 that is not 200 means for the call that creates a refund. */
export function outcomeOfRefusal(answer: Answered, secrets: readonly string[]): Outcome {
  const { text, rule } = readRefusal(answer, secrets);
  // The status alone says it, whatever the words.
  if (answer.httpStatus === 429) {
    return notApplied('rateLimited', text, { code: 'RATE_LIMITED', retryAfterMs: answer.retryAfterMs });
  }
  if (answer.httpStatus === 401) return notApplied('credentials', text, { code: 'CREDENTIALS_REFUSED' });
  if (rule === null) return unknown('unlisted', text);
  const { meaning } = rule;
  switch (meaning.kind) {
    case 'declined':
      return declined(meaning.code, text, meaning);
    case 'notApplied':
      return notApplied(meaning.because, text, { code: meaning.code, retryAfterMs: answer.retryAfterMs });
    case 'look':
      return unknown('unlisted', `${meaning.code}: ${text}`);
  }
}

/** The same for a call that reads: either the thing asked for does not exist, or nothing was learnt. */
export function refusedRead(
  answer: Answered,
  secrets: readonly string[],
): { readonly kind: 'notFound'; readonly text: string } | Unavailable {
  const { text, rule } = readRefusal(answer, secrets);
  const code = rule?.meaning.code;
  if (code === 'PAYMENT_NOT_FOUND') return { kind: 'notFound', text };
  const isAccount = rule?.meaning.kind === 'notApplied' && rule.meaning.because === 'credentials';
  return unavailable(isAccount ? 'credentials' : 'noAnswer', text, answer.retryAfterMs);
}

function readRefusal(answer: Answered, secrets: readonly string[]): Refusal {
  const error = asObject(member(parseJsonObject(answer.body) ?? {}, 'error'));
  const description = error === null ? null : asText(member(error, 'description'));
  const status = `HTTP ${String(answer.httpStatus)}`;
  if (description === null) return { text: `${status} without a description`, rule: null };
  return {
    text: oneLine(`${status}: ${redact(description, secrets)}`),
    rule: ruleFor(answer.httpStatus, description),
  };
}
