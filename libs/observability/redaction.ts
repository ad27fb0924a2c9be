const MASK = '[redacted]';

/**
 * Values shorter than this are not registered: a three-letter "secret" would blank out ordinary words and break the JSON of every line.
 */
const SECRET_LENGTH_MIN = 4;

const secrets = new Set<string>();
let secretPattern: RegExp | null = null;

/** From now on the value is masked in everything that passes `redact`, as it is and as JSON, a URL or Basic authentication writes it. */
export function registerSecret(value: string): void {
  if (value.length < SECRET_LENGTH_MIN) return;
  secrets.add(value);
  secrets.add(JSON.stringify(value).slice(1, -1));
  secrets.add(encodeURIComponent(value));
  // Longest first: a secret that begins with another one must not leave its tail behind.
  const longestFirst = [...secrets].toSorted((a, b) => b.length - a.length);
  secretPattern = new RegExp(
    longestFirst.map((one) => one.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, String.raw`\$&`)).join('|'),
    'g',
  );
}

const AUTHORIZATION = /\b(Basic|Bearer)\s+[A-Za-z0-9+/_.~-]{4,}=*/gi;

/** Masks registered secrets, authorization headers and card numbers in any text, a JSON line included. */
export function redact(text: string): string {
  const known = secretPattern === null ? text : text.replace(secretPattern, MASK);
  return maskCards(known.replace(AUTHORIZATION, `$1 ${MASK}`));
}

/**
 * Digits that may be a card number: 13 to 19 of them, in one piece or in groups. The first digit is one that payment cards use; that also
 * keeps Unix milliseconds (13 digits from 1) readable.
 */
const DIGITS = /(?<!\d)\d(?:[ -]?\d){12,}(?!\d)/g;
const CARD_LENGTH_MIN = 13;
const CARD_LENGTH_MAX = 19;

function maskCards(text: string): string {
  return text.replace(DIGITS, (run) => maskRun(run));
}

/** A card number begins and ends at a group's edge, so that one followed by its expiry date is found as well. */
function maskRun(run: string): string {
  const groups = run.split(/[ -]/);
  for (let first = 0; first < groups.length; first += 1) {
    let digits = '';
    for (let last = first; last < groups.length; last += 1) {
      digits += groups[last] ?? '';
      if (digits.length > CARD_LENGTH_MAX) break;
      if (digits.length >= CARD_LENGTH_MIN && isCard(digits)) return MASK;
    }
  }
  return run;
}

function isCard(digits: string): boolean {
  return /^[2-68]/.test(digits) && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
