/** The end of the year 9999: the last one that every text form of a time has a place for. PostgreSQL and Date take more, but not the same. */
const LATEST_MS = 253_402_300_799_999;

/**
 * The time of a record, in whole Unix milliseconds that PostgreSQL and Date take. Senders set it, and Kafka keeps what they set: nanoseconds, or the
 * largest number there is. A time that cannot be is none and becomes 0, as Kafka's own mark for a record without a time (-1) does: its request counts
 * as old, so it is looked up before anything is sent. Were it moved to the latest time instead, a replay would pass for new.
 * The same record always has the same time here: positions are compared by it.
 */
export function recordTimeMs(timestamp: number | string): number {
  const ms = Number(timestamp);
  return ms >= 0 && ms <= LATEST_MS ? ms : 0;
}
