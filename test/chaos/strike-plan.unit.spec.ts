import { Random } from '#libs/scenario';
import { planStrikes, STRIKES, type StrikeKind } from './strike-plan.ts';

const OPTIONS = {
  lengthMs: 18_000,
  calmClockFromMs: 10_000,
  workers: 3,
  bus: 'kafka',
  brokerIsOurs: true,
} as const;

const kindsOver = (seeds: number, options: Parameters<typeof planStrikes>[1]): ReadonlySet<StrikeKind> =>
  new Set(
    Array.from({ length: seeds }, (_, seed) => planStrikes(new Random(seed), options)).flatMap((strikes) =>
      strikes.map(({ kind }) => kind),
    ),
  );

describe('the strikes of a seed', () => {
  it('are the same each time, other ones for another seed, and of every kind over a few seeds', () => {
    expect(planStrikes(new Random(4), OPTIONS)).toEqual(planStrikes(new Random(4), OPTIONS));
    expect(planStrikes(new Random(4), OPTIONS)).not.toEqual(planStrikes(new Random(5), OPTIONS));
    expect([...kindsOver(20, OPTIONS)].toSorted()).toEqual([...STRIKES].toSorted());
  });

  it('come in the order of time, kill, stall and restart among them, and never move the clock once the banks are slow', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const strikes = planStrikes(new Random(seed), OPTIONS);
      expect(strikes.map(({ atMs }) => atMs)).toEqual(
        strikes.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
      );
      const kinds = strikes.map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['kill', 'stall', 'restart', 'resend']));
      for (const { kind, atMs } of strikes)
        expect(atMs).toBeLessThanOrEqual(kind === 'clock' ? OPTIONS.calmClockFromMs : OPTIONS.lengthMs);
    }
  });

  it.each([
    ['kafka', 'broker-'],
    ['embedded', 'database-'],
  ] as const)('take the bus away in every seed on %s', (bus, server) => {
    for (let seed = 0; seed < 50; seed += 1) {
      const kinds = planStrikes(new Random(seed), { ...OPTIONS, bus }).map(({ kind }) => kind);
      expect(kinds.some((kind) => kind.startsWith(server))).toBe(true);
    }
  });

  it('are dealt to the processors in turn, so that none waits for many at the same one', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const workers = planStrikes(new Random(seed), OPTIONS)
        .filter(({ kind }) => /^(kill|stall|restart)/u.test(kind))
        .map(({ worker }) => worker);
      const [first = 0] = workers;
      expect(workers).toEqual(workers.map((_worker, no) => (first + no) % OPTIONS.workers));
    }
  });

  it('are the certain ones and no more at processors on Kafka, whose sessions take their time', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const kinds = planStrikes(new Random(seed), OPTIONS).map(({ kind }) => kind);
      expect(kinds.filter((kind) => /^(kill|stall|restart)/u.test(kind))).toHaveLength(5);
    }
  });

  it('leave a broker alone that is not ours', () => {
    const kinds = [...kindsOver(20, { ...OPTIONS, brokerIsOurs: false })];
    expect(kinds.filter((kind) => kind.startsWith('broker'))).toEqual([]);
    expect(kinds).toContain('database-crash');
  });
});
