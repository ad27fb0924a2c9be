import { SandboxClock } from './sandbox-clock.ts';

const { jest } = import.meta;

describe('the sandbox’s clock', () => {
  let clock: SandboxClock;

  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
    clock = new SandboxClock();
  });
  afterEach(() => jest.useRealTimers());

  it('runs at the machine’s pace, ahead by what was added', () => {
    clock.advance(3_600_000);
    jest.advanceTimersByTime(1_500);
    expect(clock.iso()).toBe('2026-01-01T01:00:01.500Z');
  });

  it('never goes backwards when the machine’s time does', () => {
    const before = clock.nowMs();
    jest.setSystemTime(Date.parse('2025-12-31T00:00:00Z'));
    expect(clock.nowMs()).toBe(before);
  });

  it('runs tasks in the order of their times, however they were scheduled', () => {
    const ran: number[] = [];
    const waits = Array.from({ length: 200 }, (_, index) => ((index * 7_919) % 200) * 10);
    for (const waitMs of waits) {
      clock.schedule(waitMs, () => ran.push(waitMs));
    }
    jest.advanceTimersByTime(995);
    expect(ran).toEqual(waits.filter((waitMs) => waitMs < 1_000).toSorted((left, right) => left - right));
    clock.advance(10_000);
    expect(ran).toEqual(waits.toSorted((left, right) => left - right));
  });

  it('runs tasks of one time in the order in which they were scheduled', () => {
    const ran: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      clock.schedule(10 + (index % 2), () => ran.push(index));
    }
    clock.advance(20);
    const all = Array.from({ length: 200 }, (_, index) => index);
    expect(ran).toEqual([
      ...all.filter((index) => index % 2 === 0),
      ...all.filter((index) => index % 2 === 1),
    ]);
  });

  it('runs a task that another task schedules for now', () => {
    const ran: string[] = [];
    clock.schedule(10, () => clock.schedule(0, () => ran.push('second')));
    clock.advance(10);
    jest.advanceTimersByTime(1);
    expect(ran).toEqual(['second']);
  });

  it('waits longer than one timer can', () => {
    let ran = false;
    clock.schedule(60 * 86_400_000, () => {
      ran = true;
    });
    jest.advanceTimersByTime(59 * 86_400_000);
    expect(ran).toBe(false);
    jest.advanceTimersByTime(86_400_000);
    expect(ran).toBe(true);
  });

  it('forgets tasks and added time on reset', () => {
    const task = jest.fn();
    clock.schedule(10, task);
    clock.advance(5);
    clock.reset();
    jest.advanceTimersByTime(1_000);
    expect(task).not.toHaveBeenCalled();
    expect(clock.iso()).toBe('2026-01-01T00:00:01.000Z');
  });
});
