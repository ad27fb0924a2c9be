import { rm } from 'node:fs/promises';
import { createTestDatabase } from '#libs/store/testing';
import { STEPS } from '#libs/observability';
import type { Ending } from './company.ts';
import { openDoomedDatabase, type DoomedDatabase } from './doomed-database.ts';
import { openEmbeddedStage, startSandbox, warmCompileCache, type RunningSandbox } from './embedded-stage.ts';
import { KINDS } from './kinds.ts';
import { play, playTogether } from './play.ts';
import { inPool } from './pool.ts';
import { endOf, needs, scenesOf, type Scene } from './scenes.ts';
import { readPage, type Sighting } from './table.ts';

/** Most of a scene is waiting for a lease: more at a time than there are processors, few enough that they do not miss their leases. */
const SCENES_AT_A_TIME = 5;
const TIMEOUT_MS = 300_000;

const killed = scenesOf('killed');
const stalled = scenesOf('stalled');
const together = scenesOf('databaseKilled');
const title = ({ at, kinds }: Scene): string =>
  kinds.length === KINDS.length ? at : `${at}, ${kinds.join()}`;
const titled = (scenes: readonly Scene[]): [string, Scene][] => scenes.map((scene) => [title(scene), scene]);

let sandbox: RunningSandbox;
let cacheDirectory: string;
let doomed: DoomedDatabase;
let played: ReadonlyMap<Scene, Promise<readonly Ending[]>>;
const sightings: Sighting[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  cacheDirectory = await warmCompileCache(await createTestDatabase(), sandbox.client);
  played = inPool([...killed, ...stalled], SCENES_AT_A_TIME, playAlone);
});

afterAll(async () => {
  await Promise.allSettled(played.values());
  sandbox.close();
  await rm(cacheDirectory, { recursive: true, force: true });
});

/** In a database of its own, and with a sandbox of its own where that is told to behave otherwise. */
async function playAlone(scene: Scene): Promise<readonly Ending[]> {
  const own = scene.kinds.some((kind) => needs(kind, scene.at) !== null) ? await startSandbox() : null;
  const stage = await openEmbeddedStage(await createTestDatabase(), (own ?? sandbox).client, cacheDirectory);
  try {
    return await play(scene, stage);
  } finally {
    await stage.close();
    own?.close();
  }
}

/** Notes what was seen for the table. Answers what is wrong: other refunds or another end than it has to have, a missing or disordered event. */
function faultsOf({ at, incident, kinds }: Scene, endings: readonly Ending[]): readonly string[] {
  for (const { kind, booked, state } of endings) sightings.push({ at, incident, kind, booked, state });
  const seen = endings.map(({ kind }) => kind);
  const absent = kinds.filter((kind) => !seen.includes(kind)).map((kind) => `${kind}: did not take part`);
  return endings.reduce<readonly string[]>((faults, { kind, booked, state, faults: more }) => {
    const end = endOf(kind, { at, incident });
    const isRight = booked === end.booked && state === end.state;
    return [...faults, ...more, ...(isRight ? [] : [`${kind}: ${String(booked)} refunds, ${state}`])];
  }, absent);
}

describe('a processor that is killed at a point, and another that is started', () => {
  it.each(titled(killed))(
    'pay once: %s',
    async (_title, scene) => {
      expect(faultsOf(scene, await endingsOf(scene))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a processor that stands still past its lease, while another goes on', () => {
  it.each(titled(stalled))(
    'changes nothing when it continues: %s',
    async (_title, scene) => {
      expect(faultsOf(scene, await endingsOf(scene))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

async function endingsOf(scene: Scene): Promise<readonly Ending[]> {
  const playing = played.get(scene);
  if (playing === undefined) throw new Error(`nobody plays ${title(scene)}`);
  return await playing;
}

describe('a database that is killed under a processor', () => {
  let endings: readonly (readonly Ending[])[];

  beforeAll(async () => {
    await Promise.allSettled(played.values());
    doomed = await openDoomedDatabase();
    const plays = await Promise.all(
      together.map(async (scene) => ({
        scene,
        stage: await openEmbeddedStage(await doomed.create(), sandbox.client, cacheDirectory),
      })),
    );
    try {
      endings = await playTogether(plays, async (meanwhile) => {
        await doomed.killAndRestart(meanwhile);
      });
    } finally {
      await Promise.all(
        plays.map(async ({ stage }) => {
          await stage.close();
        }),
      );
      await doomed.close();
    }
  }, TIMEOUT_MS);

  it.each(titled(together))('and comes back leaves every refund paid once: %s', (_title, scene) => {
    expect(faultsOf(scene, endings[together.indexOf(scene)] ?? [])).toEqual([]);
  });
});

describe('docs/crash-points.md', () => {
  it('shows what these tests have seen; WRITE_CRASH_POINTS=1 writes it anew', async () => {
    const { is, expected } = await readPage(sightings);
    expect(is).toBe(expected);
  });

  it('has every point that there is', () => {
    const seen = new Set(sightings.filter(({ incident }) => incident === 'killed').map(({ at }) => at));
    expect([...seen]).toEqual([...STEPS]);
  });
});
