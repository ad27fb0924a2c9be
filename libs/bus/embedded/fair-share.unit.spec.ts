import fc from 'fast-check';
import { fairShare, type Seat } from './fair-share.ts';

const seatsOf = (
  partitions: readonly number[],
  owner: (index: number) => string | null = () => null,
): Seat[] =>
  partitions.flatMap((count, topicNo) =>
    Array.from({ length: count }, (_, partition) => ({
      topicNo,
      partition,
      epoch: 0,
      owner: owner(partition),
    })),
  );

/** One beat of one member, as the database would carry it out. */
function beat(
  me: string,
  members: readonly string[],
  seats: readonly Seat[],
): { seats: Seat[]; moved: number } {
  const { take, giveBack } = fairShare(me, members, seats);
  return {
    moved: take.length + giveBack.length,
    seats: seats.map((seat) => {
      if (take.includes(seat)) return { ...seat, owner: me };
      return giveBack.includes(seat) ? { ...seat, owner: null } : seat;
    }),
  };
}

describe('sharing partitions', () => {
  it('gives one member everything', () => {
    expect(fairShare('a', ['a'], seatsOf([5])).take).toHaveLength(5);
  });

  it('takes only what is free and says how much it waits for', () => {
    const seats = seatsOf([4], () => 'a');
    expect(fairShare('b', ['a', 'b'], seats)).toEqual({ take: [], giveBack: [], awaited: 2 });
    expect(fairShare('a', ['a', 'b'], seats).giveBack.map(({ partition }) => partition)).toEqual([2, 3]);
  });

  it('comes to rest with every seat taken, no member more than one ahead of another in a topic', () => {
    const members = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 6 });
    const topics = fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(members, topics, fc.array(fc.nat(), { minLength: 1 }), (names, partitions, picks) => {
        let seats = seatsOf(
          partitions,
          (index) => names[(picks[index % picks.length] ?? 0) % (names.length + 1)] ?? null,
        );
        for (let round = 0; round < 3; round += 1) {
          for (const name of names) ({ seats } = beat(name, names, seats));
        }
        const moved = names.map((name) => beat(name, names, seats).moved);
        expect(moved.every((count) => count === 0)).toBe(true);
        expect(seats.every(({ owner }) => owner !== null)).toBe(true);
        for (const topicNo of partitions.keys()) {
          const counts = names.map(
            (name) => seats.filter((seat) => seat.topicNo === topicNo && seat.owner === name).length,
          );
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('spreads topics of one partition over the members', () => {
    let seats = seatsOf([1, 1, 1]);
    for (const name of ['a', 'b', 'c']) ({ seats } = beat(name, ['a', 'b', 'c'], seats));
    expect(new Set(seats.map(({ owner }) => owner)).size).toBe(3);
  });
});
