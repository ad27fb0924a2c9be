import { holdsCardNumber } from '#libs/contracts';
import { CommandFailure } from '../failure.ts';

const CHARACTERS_MAX = 255;

/** What is wrong with words of a person that are kept for ever; null when they can be kept. */
export function faultOfWords(words: Readonly<Record<string, string>>): CommandFailure | null {
  for (const [name, text] of Object.entries(words)) {
    const fault = faultIn(text);
    if (fault === null) continue;
    const parts = {
      happened: `--${name} ${fault.text}`,
      notDone: 'nothing was changed',
      next: 'correct it; it is kept with the dead letter',
    };
    return new CommandFailure(fault.code, parts, 2);
  }
  return null;
}

function faultIn(text: string): { readonly code: string; readonly text: string } | null {
  if (text.trim() === '') return { code: 'DECISION_TEXT_INVALID', text: 'is empty' };
  if (text.length > CHARACTERS_MAX)
    return { code: 'DECISION_TEXT_INVALID', text: `has more than ${String(CHARACTERS_MAX)} characters` };
  if (/\p{Cc}/u.test(text) || !text.isWellFormed())
    return { code: 'DECISION_TEXT_INVALID', text: 'holds characters that are no text' };
  return holdsCardNumber(text)
    ? { code: 'CARD_NUMBER_IN_TEXT', text: 'holds what looks like a card number' }
    : null;
}
