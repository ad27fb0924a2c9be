import { describeOnKafka, openWorld } from '../e2e/world.ts';
import type { Ending } from './company.ts';
import { play } from './play.ts';
import { inPool } from './pool.ts';
import { isShared, scenesOf, type Scene } from './scenes.ts';

/** A group stands still for ten seconds after a member was killed: meanwhile others can play. */
const SCENES_AT_A_TIME = 2;

/** The points where a refund crosses the bus; elsewhere it makes no difference which one there is. */
const scenes = scenesOf('killed').filter(({ at }) => isShared(at));

describeOnKafka('on Kafka, a processor that is killed at a point, and another that is started', () => {
  let played: ReadonlyMap<Scene, Promise<readonly Ending[]>>;

  beforeAll(() => {
    played = inPool(scenes, SCENES_AT_A_TIME, async (scene) => {
      const world = await openWorld();
      try {
        return await play(scene, world);
      } finally {
        await world.close();
      }
    });
  });

  afterAll(async () => {
    await Promise.allSettled(played.values());
  });

  it.each(scenes.map((scene) => [scene.at, scene] as const))(
    'pay once: %s',
    async (_at, scene) => {
      const endings = (await played.get(scene)) ?? [];
      expect(endings.map(({ kind }) => kind)).toEqual(scene.kinds);
      expect(endings.flatMap(({ faults }) => faults)).toEqual([]);
      for (const { booked, state } of endings)
        expect({ booked, state }).toEqual({ booked: 1, state: 'completed' });
    },
    300_000,
  );
});
