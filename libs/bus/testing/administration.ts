import { numbered, until, type World } from './world.ts';

export function describeAdministration(world: World): void {
  describe('administration', () => {
    it('creates what is missing, says what it created and leaves the rest', async () => {
      const [first, second] = [world.name(), world.name()];
      const specs = [first, second].map((topic) => ({ topic, partitions: 2 }));
      expect(await world.admin.createTopics(specs.slice(0, 1))).toEqual([first]);
      expect(await world.admin.createTopics(specs)).toEqual([second]);
      expect(await world.admin.listTopics()).toEqual(expect.arrayContaining([first, second]) as string[]);
      expect(await world.admin.offsets(second)).toEqual([
        { partition: 0, low: 0, high: 0 },
        { partition: 1, low: 0, high: 0 },
      ]);
    });

    it('finds the first offset at or after a time, and the end when there is none', async () => {
      const topic = await world.topic();
      await world.write(numbered(topic, 0, 3));
      const [last] = (await world.contentOf(topic)).records.slice(-1);
      const after = (last?.timestampMs ?? 0) + 1;
      await until('the clock has moved', () => Date.now() > after);
      await world.write(numbered(topic, 3, 5));
      expect(await world.admin.offsetsAt(topic, 0)).toEqual([{ partition: 0, offset: 0 }]);
      expect(await world.admin.offsetsAt(topic, after)).toEqual([{ partition: 0, offset: 3 }]);
      expect(await world.admin.offsetsAt(topic, Date.now() + 60_000)).toEqual([{ partition: 0, offset: 5 }]);
    });

    it('says which topic is missing', async () => {
      const missing = world.name();
      for (const ask of [
        async (): Promise<unknown> => await world.admin.offsets(missing),
        async (): Promise<unknown> => await world.admin.offsetsAt(missing, 0),
        async (): Promise<unknown> => await world.admin.committed('g', missing),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
      }
    });

    it('has no committed offset for a group that never read', async () => {
      const topic = await world.topic(2);
      expect(await world.admin.committed(world.name(), topic)).toEqual([
        { partition: 0, offset: null },
        { partition: 1, offset: null },
      ]);
    });

    it('names the cluster, the same to every connection', async () => {
      const { bus } = await world.connect();
      const id = await world.bus.id();
      expect(id).not.toBe('');
      expect(await bus.id()).toBe(id);
    });
  });
}
