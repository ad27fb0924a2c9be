import { logLevel, type logCreator } from 'kafkajs';
import type { BusLog, BusLogLevel } from '../log.ts';

const QUIET_MS = 10_000;

const LEVELS: Readonly<Record<logLevel, BusLogLevel>> = {
  [logLevel.NOTHING]: 'debug',
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  // kafkajs says at this level that it pauses and resumes a partition: once per retry of a batch.
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'debug',
};

/** With the broker away these two come some twenty times a second. */
const NOISY = /^(Connection|BrokerPool): (Connection error|Connection timeout|Failed to connect)/;

/** A new topic or a first group is not known to the broker for a moment. kafkajs asks again by itself; what lasts comes as an error of the call. */
const PASSING = /does not host this topic-partition|coordinator is not available/;

function isPassing(text: string, fields: object): boolean {
  const error: unknown = 'error' in fields ? fields.error : null;
  return text.startsWith('Connection: Response') && typeof error === 'string' && PASSING.test(error);
}

/**
 * kafkajs's log into ours. Connection errors pass once per ten seconds with the number held back; everything else passes always.
 * After `isGivenUp` says yes, errors are what we caused ourselves by cutting the connections.
 */
export function kafkaLog(
  log: BusLog,
  isGivenUp: () => boolean,
  now: () => number = () => performance.now(),
): logCreator {
  const lastByKind = new Map<string, { atMs: number; heldBack: number }>();
  return () =>
    ({ namespace, level, log: { message, timestamp: _timestamp, logger: _logger, ...fields } }) => {
      const text = `${namespace}: ${message}`;
      const kind = NOISY.exec(text)?.[0];
      if (kind === undefined || isGivenUp()) {
        log(isGivenUp() || isPassing(text, fields) ? 'debug' : LEVELS[level], text, fields);
        return;
      }
      const last = lastByKind.get(kind);
      if (last !== undefined && now() - last.atMs < QUIET_MS) {
        last.heldBack += 1;
        return;
      }
      lastByKind.set(kind, { atMs: now(), heldBack: 0 });
      log(LEVELS[level], text, { ...fields, heldBack: last?.heldBack ?? 0 });
    };
}
