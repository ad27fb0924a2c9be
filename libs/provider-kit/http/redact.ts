/** Most of an answer that is kept as evidence. */
const ANSWER_BYTES_MAX = 4096;

const MASK = '[redacted]';

/** A header that carries credentials, should an answer ever echo the request. */
const AUTHORIZATION =
  /\b(authorization|proxy-authorization|cookie|set-cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]*/gi;

/** The two schemes our calls use, wherever they appear. */
const SCHEME = /\b(Basic|Bearer)\s+[A-Za-z0-9+/_=.-]{8,}/g;

/** People in a payment's answer: who they are proves nothing about money. */
const PERSONAL = /"(email|contact|phone|vpa|name)"(\s*:\s*)"(?:[^"\\]|\\.)*"/g;

/** The same in XML: `<first-name>`, `<payer-email>`, `<street-address>` and their like; what stands inside them goes as well. */
const PERSONAL_XML =
  /<((?:[a-z-]+-)?(?:email|phone|fax|name|address|company|locality|postal-code|website|customer-ip))((?:\s[^<>]*)?)>[^<]+<\/\1>/g;

/** 13 to 19 digits, perhaps grouped, not part of a longer number. */
const CARD_LIKE = /(?<![\dA-Za-z])\d(?:[ -]?\d){12,18}(?![\dA-Za-z])/g;

/**
 * Text from outside as it may be stored: the secrets and whatever looks like credentials or a card number are masked, what PostgreSQL refuses
 * (NUL, lone surrogates) is replaced, and at most 4 KiB remain. The masking comes before the cut, so that a secret on the edge leaves no half.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const form of formsOf(secrets)) clean = clean.replaceAll(form, MASK);
  clean = clean
    .replace(AUTHORIZATION, `$1$2${MASK}`)
    .replace(SCHEME, `$1 ${MASK}`)
    .replace(PERSONAL, `"$1"$2"${MASK}"`)
    .replace(PERSONAL_XML, `<$1$2>${MASK}</$1>`)
    .replace(CARD_LIKE, (digits) => (passesLuhn(digits) ? MASK : digits));
  return cut(storable(clean));
}

/** Text that PostgreSQL takes. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** One line of a provider's own words, short enough for an event and without control characters. */
export function oneLine(text: string, lengthMax = 300): string {
  // oxlint-disable-next-line no-control-regex
  const controls = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\s]+/g;
  const line = storable(text.replace(controls, ' ')).trim();
  return line.length <= lengthMax ? line : `${line.slice(0, lengthMax - 1).toWellFormed()}…`;
}

/** Keyed by the list itself: an account keeps one list as long as it lives, and these forms are asked for with every call. */
const formsBySecrets = new WeakMap<readonly string[], readonly string[]>();

/** The secrets as they may appear in an answer. Words under 6 characters are left alone: masking them would make the evidence unreadable. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const known = formsBySecrets.get(secrets);
  if (known !== undefined) return known;
  const forms = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ]);
  const longestFirst = [...new Set(forms)].sort((left, right) => right.length - left.length);
  formsBySecrets.set(secrets, longestFirst);
  return longestFirst;
}

function cut(text: string): string {
  if (text.length * 3 <= ANSWER_BYTES_MAX) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= ANSWER_BYTES_MAX) return text;
  // A character cut in half becomes U+FFFD; it and the three bytes of the ellipsis stay within the limit.
  return `${bytes.subarray(0, ANSWER_BYTES_MAX - 6).toString('utf8')}…`;
}

function passesLuhn(text: string): boolean {
  let sum = 0;
  let double = false;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) continue;
    const value = double ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    double = !double;
  }
  return sum % 10 === 0;
}
