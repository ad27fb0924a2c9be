/**
 * The environment of a server's process: nothing of ours. Provider keys have no place in another program's memory, and a `PG…`
 * variable or a language setting of the caller would change how the server behaves.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}
