import { InvalidArgumentError } from 'commander';
import { EXECUTOR } from './of-executor.ts';
import { INTAKE } from './of-intake.ts';
import type { Mutation } from './mutation.ts';
import { PROVIDER } from './of-provider.ts';
import { RELAYED } from './of-relay.ts';

/** Every mutation there is. */
export const MUTATIONS: readonly Mutation[] = [...INTAKE, ...EXECUTOR, ...PROVIDER, ...RELAYED];

/** Those named, or all of them. @throws when a name is none. */
export function mutationsNamed(names: readonly string[]): readonly Mutation[] {
  if (names.length === 0 || names.includes('all')) return MUTATIONS;
  return names.map((name) => {
    const found = MUTATIONS.find((mutation) => mutation.name === name);
    if (found === undefined)
      throw new InvalidArgumentError(
        `No mutation is called ${name}; --list-mutations shows which there are.`,
      );
    return found;
  });
}

/** One name after another, as commander reads a list. */
export function readMutations(name: string, before: unknown): readonly string[] {
  mutationsNamed([name]);
  return [...(Array.isArray(before) ? (before as readonly string[]) : []), name];
}
