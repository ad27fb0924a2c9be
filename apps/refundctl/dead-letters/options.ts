import { InvalidArgumentError } from 'commander';
import { DEAD_LETTERS } from '#libs/contracts';
import { CommandFailure } from '../failure.ts';

/** What `dlq list` was asked for. */
export interface ListOptions {
  readonly reason?: string;
  readonly from?: number;
  readonly to?: number;
  readonly status: 'open' | 'redriven' | 'discarded' | 'all';
  readonly limit: number;
  readonly fromTopic?: boolean;
  readonly json?: boolean;
}

/** The number of a dead letter on a command line, several one after the other. */
export function letterNumber(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^[1-9]\d{0,17}$/.test(text))
    throw new InvalidArgumentError('A number, as `refundctl dlq list` shows it.');
  return [...before, text];
}

/** One of the codes of the dead-letter topic. */
export function letterCode(text: string): string {
  if (!Object.hasOwn(DEAD_LETTERS, text))
    throw new InvalidArgumentError(`One of ${Object.keys(DEAD_LETTERS).join(', ')}.`);
  return text;
}

export function noSuchLetter(numbers: readonly string[]): CommandFailure {
  return new CommandFailure(
    'DEAD_LETTER_NOT_FOUND',
    {
      happened: `this database has no dead letter ${numbers.join(', ')}`,
      notDone: 'nothing was changed for it',
      next: '`refundctl dlq list --status all` shows the numbers',
    },
    2,
  );
}
