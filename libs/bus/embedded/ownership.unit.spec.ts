import { Ownership } from './ownership.ts';
import type { Membership } from './membership.ts';

const LEASE_MS = 30;

describe('a member of a group', () => {
  it('is ready again after a lease that was over, although another has every partition', async () => {
    const lost = Promise.withResolvers<void>();
    let isReachable = true;
    const beat = async (): ReturnType<Membership['beat']> => {
      if (!isReachable) throw new Error('connection lost');
      return await Promise.resolve({ own: [], giveBack: [], awaited: 0 });
    };
    const ownership = new Ownership({
      membership: { beat } as unknown as Membership,
      readEnds: async () => await Promise.resolve([]),
      readTime: async () => await Promise.resolve(null),
      topics: [],
      options: { groupId: 'g' },
      leaseMs: LEASE_MS,
      log: () => {
        if (ownership.isReady) return;
        isReachable = true;
        lost.resolve();
      },
      onHeard: () => undefined,
      onChange: () => {
        if (ownership.isReady) ready.resolve();
      },
    });
    let ready = Promise.withResolvers<void>();
    await ownership.join();
    expect(ownership.isReady).toBe(true);
    ready = Promise.withResolvers<void>();
    isReachable = false;
    const kept = ownership.keep();
    await lost.promise;
    await ready.promise;
    await ownership.stop();
    await kept;
    expect(ownership.isReady).toBe(true);
  });
});
