import { oneLine } from './http/redact.ts';

/** One thing the request said and the answer repeats. `answered` is null when the answer does not have it. */
export interface Echo {
  readonly field: string;
  readonly expected: string;
  readonly answered: string | null;
}

/**
 * Null when the answer is about exactly what was asked. Otherwise what differs, for the outcome `unknown` with phase `mismatch`: an answer to
 * another question proves nothing about ours.
 */
export function differences(echoes: readonly Echo[]): string | null {
  const wrong = echoes.filter(({ expected, answered }) => expected !== answered);
  if (wrong.length === 0) return null;
  return oneLine(
    wrong
      .map(({ field, expected, answered }) => `${field} is ${answered ?? 'absent'} instead of ${expected}`)
      .join('; '),
  );
}
