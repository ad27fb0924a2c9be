import { Landmarks } from './landmarks.ts';

const AT = { topic: 't', partition: 0 };
const RANGE = { low: 0, high: 60 };

/** A log that holds a record with this time at every offset. */
const showing = (timeMs: number | null) => async () => await Promise.resolve(timeMs);

const record = (offset: number, timestampMs: number) => ({ offset, timestampMs });

describe('the landmarks of a log', () => {
  it('say that it is another one when the record is another one, or the log ends before it', async () => {
    for (const range of [RANGE, { low: 0, high: 4 }]) {
      const landmarks = new Landmarks();
      landmarks.saw(AT, record(4, 1_000));
      expect(await landmarks.isOtherLog(AT, RANGE, showing(1_000))).toBe(false);
      expect(await landmarks.isOtherLog(AT, range, showing(2_000))).toBe(true);
    }
  });

  it('are not replaced by records of the new log before the old one was seen to hold the former', async () => {
    const landmarks = new Landmarks();
    landmarks.saw(AT, record(4, 1_000));
    landmarks.saw(AT, record(5, 2_000));
    expect(await landmarks.isOtherLog(AT, RANGE, showing(2_000))).toBe(true);
  });

  it('move on with what is read, and ask for the later record then', async () => {
    const landmarks = new Landmarks();
    landmarks.saw(AT, record(4, 1_000));
    landmarks.saw(AT, record(9, 2_000));
    expect(await landmarks.isOtherLog(AT, RANGE, showing(1_000))).toBe(false);
    expect(await landmarks.isOtherLog(AT, RANGE, showing(2_000))).toBe(false);
  });

  it('say so again until they are forgotten', async () => {
    const landmarks = new Landmarks();
    landmarks.saw(AT, record(4, 1_000));
    expect(await landmarks.isOtherLog(AT, RANGE, showing(7))).toBe(true);
    expect(await landmarks.isOtherLog(AT, RANGE, showing(7))).toBe(true);
    landmarks.forget(AT);
    expect(landmarks.has(AT)).toBe(false);
    expect(await landmarks.isOtherLog(AT, RANGE, showing(7))).toBe(false);
  });

  it('say nothing where nothing was read, or the record is gone or not shown', async () => {
    const landmarks = new Landmarks();
    landmarks.saw(AT, undefined);
    expect(await landmarks.isOtherLog(AT, RANGE, showing(7))).toBe(false);
    landmarks.saw(AT, record(4, 1_000));
    expect(await landmarks.isOtherLog(AT, { low: 5, high: 60 }, showing(7))).toBe(false);
    expect(await landmarks.isOtherLog(AT, RANGE, showing(null))).toBe(false);
  });
});
