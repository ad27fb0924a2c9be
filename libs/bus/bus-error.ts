/**
 * `TOPIC_MISSING`: a topic does not exist; create it first.
 * `BUS_UNREACHABLE`: the bus could not be reached or refused the connection; the message says what to look at.
 * `BUS_FAILED`: the bus was reached and answered with an error that waiting does not cure.
 * `BUS_REFUSED`: the bus does not let this user do that.
 * `BATCH_UNREADABLE`: a batch of the log cannot be read; the message names its offsets.
 * `READER_STOPPED`: `stop()` came before the reader had joined.
 */
export type BusErrorCode =
  | 'TOPIC_MISSING'
  | 'BUS_UNREACHABLE'
  | 'BUS_FAILED'
  | 'BUS_REFUSED'
  | 'BATCH_UNREADABLE'
  | 'READER_STOPPED';

export class BusError extends Error {
  override readonly name = 'BusError';
  constructor(
    readonly code: BusErrorCode,
    message: string,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}

export function topicMissing(topics: readonly string[]): BusError {
  return new BusError('TOPIC_MISSING', `the bus has no topic ${topics.join(', ')}: create it first`);
}
