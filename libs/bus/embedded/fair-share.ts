export interface Seat {
  readonly topicNo: number;
  readonly partition: number;
  /** null: nobody, or a member whose lease is over. */
  readonly owner: string | null;
  readonly epoch: number;
}

export interface Share {
  /** Free seats to take now. */
  readonly take: readonly Seat[];
  /** Own seats to give back after the batch in hand, so that members with less can take them. */
  readonly giveBack: readonly Seat[];
  /** Seats that others still have to give back to this member. */
  readonly awaited: number;
}

/**
 * What one member does to reach its part. The part depends on the members and the partitions alone, so all members agree on it without a leader,
 * and once each has its part nothing moves. Counting starts at another member for each topic: topics of one partition spread.
 */
export function fairShare(me: string, members: readonly string[], seats: readonly Seat[]): Share {
  const rank = members.toSorted().indexOf(me);
  const take: Seat[] = [];
  const giveBack: Seat[] = [];
  let awaited = 0;
  for (const [topicNo, ofTopic] of Map.groupBy(seats, (seat) => seat.topicNo)) {
    const remainder = ofTopic.length % members.length;
    const extra = (rank + topicNo) % members.length < remainder ? 1 : 0;
    const part = Math.floor(ofTopic.length / members.length) + extra;
    const own = ofTopic.filter(({ owner }) => owner === me);
    const free = ofTopic.filter(({ owner }) => owner === null);
    if (own.length > part) {
      giveBack.push(...own.slice(part));
      continue;
    }
    const taken = free.slice(0, part - own.length);
    take.push(...taken);
    awaited += part - own.length - taken.length;
  }
  return { take, giveBack, awaited };
}
