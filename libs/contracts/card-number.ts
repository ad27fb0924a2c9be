/**
 * Finds what looks like a payment card number in text: 13 to 19 digits, single spaces or dashes between them allowed, with a valid Luhn digit.
 *
 * Three kinds of numbers pass Luhn one time in ten and would make honest requests fail at random, so they are not taken for cards:
 * numbers that begin with 0, 1 or 7 (no card network for consumers issues those; every Unix timestamp begins with 1), UUIDs, and digits inside
 * a word that holds several runs of digits (hashes, generated ids). A number right behind or before letters alone (`card4111…`) is taken for a card.
 */

/** Necessary, not sufficient; cheap enough for every message. */
const CANDIDATE = /[2-689](?:[ -]?\d){12}/;
const RUN = /\d(?:[ -]?\d){12,}/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** How far a word is followed to see if it is an identifier; bounds the work on hostile text. */
const WORD_CHARACTERS = 64;

/** Whether raw JSON may hold a card number somewhere. True for every text with an escape, because digits can be escaped. */
export function mayHoldCardNumber(json: string): boolean {
  return CANDIDATE.test(json) || json.includes('\\');
}

/** Whether a JSON value holds a card number in any string, key or whole number. The caller bounds its depth. */
export function holdsCardNumber(value: unknown): boolean {
  if (typeof value === 'string') return isInText(value);
  if (typeof value === 'number') return Number.isInteger(value) && isInText(String(value));
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsCardNumber);
  return Object.entries(value).some(([key, member]) => isInText(key) || holdsCardNumber(member));
}

function isInText(text: string): boolean {
  if (text.length < 13 || !CANDIDATE.test(text)) return false;
  const bare = text.replace(UUID, ' # ');
  for (const run of bare.matchAll(RUN)) {
    const groups = run[0].split(/[ -]/);
    const end = run.index + run[0].length;
    if (/[A-Za-z]*\d[A-Za-z]+$/.test(bare.slice(Math.max(0, run.index - WORD_CHARACTERS), run.index)))
      groups.shift();
    if (/^[A-Za-z]+\d/.test(bare.slice(end, end + WORD_CHARACTERS))) groups.pop();
    if (someStretch(groups)) return true;
  }
  return false;
}

/** Any consecutive groups that together are a card number: `order 12 4111 1111 1111 1111` holds one from its second group on. */
function someStretch(groups: readonly string[]): boolean {
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length && digits.length < 19; last++) {
      digits += groups[last] ?? '';
      if (digits.length >= 13 && digits.length <= 19 && isCardNumber(digits)) return true;
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  if (!/^[2-689]/.test(digits)) return false;
  let sum = 0;
  for (let place = 1; place <= digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - place) - 48;
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
