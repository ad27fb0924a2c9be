/** What the composition root hands to Nest by name. */
export const CONFIG = Symbol('config');
export const CONNECTIONS = Symbol('connections');
export const LOOPS = Symbol('loops');
export const WATCH = Symbol('watch');
