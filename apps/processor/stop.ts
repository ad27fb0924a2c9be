import type { Logger } from '#libs/observability';

/** Why a processor ends although nothing is wrong. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Aborts with the first SIGTERM or SIGINT. No signal ends the process by itself from then on: whoever holds the signal does, in order, and
 * another one does not hurry it. As process 1 of a container it would not even hear one that it does not handle.
 */
export function stopOnSignals(logger: Logger): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) return;
      logger.info({ signal }, 'told to stop');
      controller.abort(new Stopped(`stopped by ${signal}`));
    });
  return controller.signal;
}

/** Rejects with the signal's reason once it aborts; what the work comes to is nobody's then. */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(stop.reason as Error);
  };
  stop.addEventListener('abort', onAbort);
  if (stop.aborted) onAbort();
  try {
    return await Promise.race([stopped, work]);
  } finally {
    stop.removeEventListener('abort', onAbort);
  }
}
