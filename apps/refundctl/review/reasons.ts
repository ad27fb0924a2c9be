/** Why a refund came to a person, and what they have to find out. Reasons of a newer release are shown as they are. */
export function reasonText(reason: string | null): { readonly why: string; readonly check: string } {
  const [why, check] = (reason === null ? undefined : REASONS[reason]) ?? UNKNOWN;
  return { why, check };
}

const UNKNOWN = ['no explanation is known for this reason', 'look for the refund at the provider'] as const;

const REASONS: Readonly<Record<string, readonly [why: string, check: string]>> = {
  RETRIES_EXHAUSTED: ['no call of it worked', 'read the kept answers, cure what they say'],
  WAITED_TOO_LONG: ['it waited too long to be sent', 'see what it waited for'],
  PENDING_OVERDUE: ['the provider takes it for under way for too long', 'ask the provider for its end'],
  UNKNOWN_OVERDUE: ['no look-up could tell what became of it', 'look for it by our reference'],
  KEY_EXPIRED: ['it is not shown, and its key may be forgotten', 'look for it by our reference'],
  LOST_ANSWER: ['the answer was lost and cannot be asked for', 'look for it by payment, amount, minute'],
  NOT_FOUND_WITHOUT_KEY: ['it is not shown, and it was sent without a key', 'look for it by our reference'],
  LOOK_UP_IMPOSSIBLE: ['it may have been carried out before', 'look for it by payment and amount'],
  AMBIGUOUS_LOOK_UP: ['more than one refund could be this one', 'compare them at the provider'],
  ANSWER_MISMATCH: ['it is shown with other facts than asked for', 'compare amount, payment, reference'],
  ANSWER_AFTER_RETRY: ['it was paid before it could be sent again', 'wait for its end at the provider'],
  ANSWER_CONTRADICTS: ['the refund shown belongs to another one', 'compare both; the log names them'],
  CREDENTIALS_REFUSED_ALONE: [
    'the keys are refused for this refund alone',
    'see rights and blocks of the payment',
  ],
  FOUND_BEFORE_SENDING: ['it was found before it was sent', 'compare its amount at the provider'],
};
