/** Exit codes: 1 the command could not run, 2 it was used wrongly or found what should not be. */
export type FailureExit = 1 | 2;

export interface FailureParts {
  readonly happened: string;
  readonly notDone: string;
  readonly next: string;
}

/** A command that did not do what it was asked to; says what happened, what was not done, and what to do next. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    readonly code: string,
    readonly parts: FailureParts,
    readonly exit: FailureExit = 1,
    options: { readonly cause?: unknown } = {},
  ) {
    super(parts.happened, options);
  }
}
