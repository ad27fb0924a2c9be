import { numbered, until, type World } from './world.ts';
import { Ledger } from './ledger.ts';

export function describeLifecycle(world: World): void {
  describe('start and stop', () => {
    starts(world);
    stops(world);
  });
}

function starts(world: World): void {
  it('refuses to start on a topic that does not exist', async () => {
    const reader = world.reader();
    const missing = world.name();
    await expect(reader.start([missing], async () => undefined)).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining(missing) as string,
    });
    expect(reader.health().joined).toBe(false);
  });

  it('is joined once start has resolved, and not before nor after stop', async () => {
    const topic = await world.topic();
    const reader = world.reader({ positions: new Ledger() });
    expect(reader.health()).toEqual({ joined: false, lastHeardMsAgo: null, fatal: null });
    await reader.start([topic], async () => undefined);
    expect(reader.health()).toMatchObject({ joined: true, fatal: null });
    await reader.stop();
    expect(reader.health()).toMatchObject({ joined: false, fatal: null });
  });

  it('rejects start when stop comes first', async () => {
    const topic = await world.topic();
    const asked = world.gate();
    const positions = {
      load: async (): Promise<never> => {
        asked.open();
        return await Promise.reject(new Error('the store is away'));
      },
    };
    const reader = world.reader({ positions });
    const started = reader.start([topic], async () => undefined);
    const outcome = started.catch((error: unknown) => error);
    await asked.opened;
    await reader.stop();
    expect(await outcome).toMatchObject({ code: 'READER_STOPPED' });
  });
}

function stops(world: World): void {
  it('ends the batch in hand, commits it and delivers no other', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    await world.write(numbered(topic, 0, 5));
    const inHand = world.gate();
    const release = world.gate();
    const signals: AbortSignal[] = [];
    let delivered = 0;
    const { reader } = await world.follow(topic, {
      groupId,
      handler: async (_batch, signal) => {
        delivered += 1;
        signals.push(signal);
        inHand.open();
        await release.opened;
      },
    });
    await inHand.opened;
    await world.write(numbered(topic, 5, 9));
    const stopped = reader.stop();
    const again = reader.stop();
    await until('the batch in hand is told', () => signals[0]?.aborted === true);
    release.open();
    await Promise.all([stopped, again]);
    expect(delivered).toBe(1);
    expect(await world.admin.committed(groupId, topic)).toEqual([{ partition: 0, offset: 5 }]);
  });

  it('stops a reader that never started', async () => {
    const reader = world.reader();
    await reader.stop();
    expect(reader.health().joined).toBe(false);
  });
}
