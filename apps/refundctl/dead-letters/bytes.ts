import { isUtf8 } from 'node:buffer';
import { redact } from '#libs/observability';

/** Bytes as people may see them. */
export type Shown = { readonly text: string } | { readonly hex: string } | null;

const MASK = '[redacted]';

/**
 * Text where it is UTF-8, otherwise hexadecimal. What looks like a card number or a secret is masked in both: the bytes themselves stay in the
 * database, and nobody has to see them to send them back.
 */
export function shownBytes(bytes: Buffer | null): Shown {
  if (bytes === null) return null;
  if (isUtf8(bytes)) return { text: redact(bytes.toString('utf8')) };
  const asText = bytes.toString('latin1');
  return { hex: redact(asText) === asText ? bytes.toString('hex') : MASK };
}

/** The same in one line, cut to so many characters. */
export function inOneLine(bytes: Buffer | null, charactersMax: number): string {
  const shown = shownBytes(bytes);
  if (shown === null) return '–';
  const text = 'text' in shown ? shown.text : `0x${shown.hex}`;
  const visible = text.replaceAll(/\p{Cc}/gu, '·');
  return visible.length <= charactersMax ? visible : `${visible.slice(0, charactersMax)}…`;
}
