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
