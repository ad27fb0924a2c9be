import { InvalidArgumentError } from 'commander';

/** `2026-11-24`, `2026-11-24T17:51:00Z` or Unix seconds, as Unix milliseconds. A time without a zone is UTC, whatever this machine's is. */
export function moment(text: string): number {
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const [, day = '', time = '00:00', zone = 'Z'] = match ?? [];
  const atMs = Date.parse(`${day}T${time}${zone}`);
  // Date.parse takes the 31st of June for the 1st of July.
  const exists = !Number.isNaN(atMs) && new Date(Date.parse(day)).toISOString().startsWith(day);
  if (!exists) throw new InvalidArgumentError('Write 2026-11-24, 2026-11-24T17:51Z or Unix seconds.');
  return atMs;
}

export function counted(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least) {
      throw new InvalidArgumentError(`A whole number from ${String(least)}.`);
    }
    return value;
  };
}

export function note(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
