import { InvalidArgumentError } from 'commander';

const SEED_MAX = 100_000_000;

/** `7`, `1-20`, `3,5,9-11`: the seeds in the order given. */
export function readSeeds(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (!(from >= 0 && to >= from && to <= SEED_MAX && to - from < 10_000))
      throw new InvalidArgumentError('Numbers and ranges, as in 7 or 1-20 or 3,5,9-11.');
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** The seeds asked for, all of them; then further ones, as long as it is not over when one begins. */
export function* seedsUntil(seeds: readonly number[], isOver: () => boolean): Generator<number> {
  yield* seeds;
  for (let seed = Math.max(0, ...seeds) + 1; !isOver(); seed += 1) yield seed;
}

const MINUTES_MAX = 7 * 24 * 60;

export function readMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= MINUTES_MAX))
    throw new InvalidArgumentError('A number of minutes, at most a week.');
  return minutes;
}
