import { setMaxListeners } from 'node:events';

/** Never aborts: a call in flight is ended by its own deadline only, so that its answer is known even when the process is asked to stop. */
export const uninterrupted: AbortSignal = new AbortController().signal;
setMaxListeners(0, uninterrupted);
