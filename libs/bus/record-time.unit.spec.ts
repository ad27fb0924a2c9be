import { recordTimeMs } from './record-time.ts';

describe('the time of a record', () => {
  it.each([
    ['now', 1_764_000_000_123, 1_764_000_000_123],
    ['text, as kafkajs gives it', '1764000000123', 1_764_000_000_123],
    ['1970', 0, 0],
    ['the end of 9999', Date.parse('9999-12-31T23:59:59.999Z'), 253_402_300_799_999],
  ])('is kept: %s', (_case, given, ms) => {
    expect(recordTimeMs(given)).toBe(ms);
  });

  it.each([
    ['none, in Kafka', '-1'],
    ['the year 10000', 253_402_300_800_000],
    ['microseconds', '1764000000123000'],
    ['nanoseconds', '1764000000123000000'],
    ['the largest int64', '9223372036854775807'],
    ['the smallest int64', '-9223372036854775808'],
    ['no number', 'soon'],
  ])('is none where it cannot be: %s', (_case, given) => {
    expect(recordTimeMs(given)).toBe(0);
  });
});
