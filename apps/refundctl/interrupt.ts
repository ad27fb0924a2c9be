/** SIGINT and SIGTERM as an abort signal. A second one ends the process at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** From now on the signals do what they always do. */
  release(): void;
}

const INTERRUPTED = 130;

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
