import { holdsCardNumber } from '#libs/contracts';

/** Who decides and why. All of it is kept as long as the refund. */
export interface Person {
  readonly by: string;
  readonly reason: string;
  /** What they have seen, and where. */
  readonly evidence: string;
}

const CHARACTERS_MAX = { by: 255, reason: 255, evidence: 2000 } as const;

/** What is wrong with a person's words; null when they can be kept. */
export function faultOf(person: Person): { readonly code: string; readonly text: string } | null {
  for (const name of ['by', 'reason', 'evidence'] as const) {
    const text = person[name];
    if (text.trim() === '') return { code: 'DECISION_TEXT_INVALID', text: `${name} is empty` };
    if (text.length > CHARACTERS_MAX[name])
      return {
        code: 'DECISION_TEXT_INVALID',
        text: `${name} has more than ${String(CHARACTERS_MAX[name])} characters`,
      };
    if (/\p{Cc}/u.test(text) || !text.isWellFormed())
      return { code: 'DECISION_TEXT_INVALID', text: `${name} holds characters that are no text` };
    if (holdsCardNumber(text))
      return { code: 'CARD_NUMBER_IN_TEXT', text: `${name} holds what looks like a card number` };
  }
  return null;
}
