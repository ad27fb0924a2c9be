/** False: this runtime knows no such zone. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,7})?)?)?(Z|[+-]\d\d:\d\d)?$/;
const DOTTED = /^(\d\d)\.(\d\d)\.(\d{4})(?:[T ,]+(\d\d):(\d\d)(?::(\d\d))?)?$/;

/**
 * A date as a statement writes it, `2026-11-24 17:51:00` or `24.11.2026 17:51`, as Unix milliseconds. Without an offset of its own it is a time of `zone`; a
 * time that a change of clocks has twice is the first of both. Null when it is none, or no calendar has it.
 */
export function zonedTime(text: string, zone: string): number | null {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', offset] = iso;
    const utcMs = utc(year, month, day, hour, minute, second);
    if (utcMs === null || offset === undefined) return utcMs === null ? null : inZone(utcMs, zone);
    return offset === 'Z' ? utcMs : utcMs - offsetMsOf(offset);
  }
  const dotted = DOTTED.exec(text);
  if (dotted === null) return null;
  const [, day, month, year, hour = '0', minute = '0', second = '0'] = dotted;
  const utcMs = utc(year, month, day, hour, minute, second);
  return utcMs === null ? null : inZone(utcMs, zone);
}

function utc(...parts: readonly (string | undefined)[]): number | null {
  const [year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN] = parts.map(Number);
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(utcMs);
  // Date.UTC takes the 31st of June for the 1st of July.
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exists ? utcMs : null;
}

function offsetMsOf(offset: string): number {
  const [hours = '0', minutes = '0'] = offset.slice(1).split(':');
  const sizeMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return offset.startsWith('-') ? -sizeMs : sizeMs;
}

/** The moment at which clocks of the zone show what clocks of UTC show at `shownMs`. */
function inZone(shownMs: number, zone: string): number {
  const first = shownMs - offsetAt(shownMs, zone);
  return shownMs - offsetAt(first, zone);
}

function offsetAt(atMs: number, zone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const match = /^GMT([+-]\d\d:\d\d)/.exec(name ?? '');
  return match?.[1] === undefined ? 0 : offsetMsOf(match[1]);
}
