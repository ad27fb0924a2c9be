import { destination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import { redact } from './redaction.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The program or part that speaks, e.g. `processor`. */
  readonly name: string;
  /** Where lines go; stderr when absent, because stdout belongs to the ready line and to answers. */
  readonly write?: (line: string) => void;
}

const SECRET_KEYS = [
  'authorization',
  'Authorization',
  'password',
  'secret',
  'keySecret',
  'webhookSecret',
  'privateKey',
];

/**
 * JSON lines with ISO times. Three nets catch secrets: keys that always hold one, registered values anywhere in the finished line, and
 * errors reduced to what they say (a client library's error carries its whole request).
 */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? toStandardError();
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: clippedFields },
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
      serializers: { err: (error: unknown) => describeError(error), error: describeError },
    },
    {
      write: (line: string): void => {
        write(redact(line));
      },
    },
  );
}

function toStandardError(): (line: string) => void {
  // Synchronous, so that the line about a fatal error is out before the process is.
  const stderr = destination({ dest: 2, sync: true });
  return (line) => void stderr.write(line);
}

const CAUSES_MAX = 5;
/** Of one text in a line. An error of a database may quote a whole batch; what helps stands at the beginning. */
const TEXT_CHARACTERS_MAX = 8192;

function clipped(text: string): string {
  return text.length <= TEXT_CHARACTERS_MAX
    ? text
    : `${text.slice(0, TEXT_CHARACTERS_MAX)}… ${String(text.length - TEXT_CHARACTERS_MAX)} more`;
}

function clippedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? clipped(value) : value]),
  );
}

/** What an error says, without the objects libraries hang on it. Causes are followed a few steps. */
export function describeError(error: unknown, depth = 0): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: clipped(String(error)) };
  const described: Record<string, unknown> = {
    type: error.name,
    message: clipped(error.message),
    stack: clipped(error.stack ?? ''),
  };
  if ('code' in error) described['code'] = error.code;
  if ('details' in error) described['details'] = error.details;
  if (error.cause !== undefined && depth < CAUSES_MAX) {
    described['cause'] = describeError(error.cause, depth + 1);
  }
  return described;
}
