/** Every way a server on this machine can fail to start or stop; each has its paragraph in `docs/ERRORS.md`. */
export const LOCAL_STACK_ERROR_CODES = [
  'LOCAL_POSTGRES_PLATFORM_UNSUPPORTED',
  'LOCAL_POSTGRES_BINARIES_MISSING',
  'LOCAL_POSTGRES_PORT_TAKEN',
  'LOCAL_POSTGRES_DIRECTORY_UNUSABLE',
  'LOCAL_POSTGRES_PASSWORD_LOST',
  'LOCAL_POSTGRES_START_FAILED',
  'LOCAL_POSTGRES_STOP_FAILED',
  'LOCAL_KAFKA_UNAVAILABLE',
  'LOCAL_KAFKA_FETCH_FAILED',
  'LOCAL_KAFKA_PORT_TAKEN',
  'LOCAL_KAFKA_IN_USE',
  'LOCAL_KAFKA_START_FAILED',
  'LOCAL_LOCK_TIMEOUT',
] as const;

export type LocalStackErrorCode = (typeof LOCAL_STACK_ERROR_CODES)[number];

/** An operating error of the servers this library starts. The message says what to do; `details` is safe to log. */
export class LocalStackError extends Error {
  override readonly name = 'LocalStackError';
  readonly code: LocalStackErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: LocalStackErrorCode,
    message: string,
    details: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}
