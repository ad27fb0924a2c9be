import type { BusCapabilities } from '../port.ts';
import { needs } from './needs.ts';
import { Ledger } from './ledger.ts';
import { numbered, texts, until, type World } from './world.ts';

export function describePositions(world: World, capabilities: BusCapabilities): void {
  describe('positions of our own store', () => {
    resumes(world);
    reportsLoss(world);
    reportsRetention(world, capabilities);
    gaps(world, capabilities);
  });
}

function resumes(world: World): void {
  it('goes on at the stored position, whatever the group has committed', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 10));
    const ledger = new Ledger();
    ledger.positions.set(`${topic}/0`, 7);
    const { reports } = await world.follow(topic, { ledger });
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 10);
    expect(ledger.texts).toEqual(texts(7, 10));
    expect(reports).toEqual([]);
  });

  it('waits for a store that is away', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 3));
    const ledger = new Ledger();
    ledger.failures = 2;
    await world.follow(topic, { ledger });
    expect(ledger.failures).toBe(0);
    await until('all is stored', () => ledger.texts.length === 3);
  });

  it('loads the position again when the store refuses a batch as stale', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 4));
    const { ledger, reports } = await world.follow(topic);
    await until('four are stored', () => ledger.texts.length === 4);
    // Another member has stored 4 and 5 meanwhile.
    ledger.positions.set(`${topic}/0`, 6);
    ledger.times.delete(`${topic}/0`);
    await world.write(numbered(topic, 4, 9));
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 9);
    expect(ledger.texts).toEqual([...texts(0, 4), ...texts(6, 9)]);
    expect(ledger.refused).toBe(1);
    expect(reports).toEqual([]);
  });
}

function reportsLoss(world: World): void {
  it.each([
    ['a store that knows less than the group', 4, 4, 4],
    ['a store that knows nothing', undefined, 0, 0],
  ])('reports rows lost for %s and goes on where the store is', async (_case, position, stored, first) => {
    const topic = await world.topic();
    const groupId = world.name();
    await world.write(numbered(topic, 0, 10));
    const before = await world.follow(topic, { groupId });
    await until('the group has committed', async () => {
      const [committed] = await world.admin.committed(groupId, topic);
      return committed?.offset === 10;
    });
    await before.reader.stop();

    const ledger = new Ledger();
    if (position !== undefined) ledger.positions.set(`${topic}/0`, position);
    const { reports } = await world.follow(topic, { groupId, ledger });
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 10);
    expect(reports).toEqual([
      { topic, partition: 0, kind: 'rowsLost', stored, committed: 10, low: 0, high: 10 },
    ]);
    expect(ledger.texts).toEqual(texts(first, 10));
  });

  it('reports a log that was created anew and reads it from its beginning', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 3));
    const ledger = new Ledger();
    ledger.positions.set(`${topic}/0`, 100);
    const { reports } = await world.follow(topic, { ledger });
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 3);
    expect(reports).toEqual([
      { topic, partition: 0, kind: 'recreated', stored: 100, committed: null, low: 0, high: 3 },
    ]);
    expect(ledger.texts).toEqual(texts(0, 3));
    expect(ledger.refused).toBe(0);
  });

  it('reports a log that was created anew and has grown past the position, and reads it from its beginning', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 6));
    const ledger = new Ledger();
    ledger.positions.set(`${topic}/0`, 5);
    ledger.times.set(`${topic}/0`, 1_700_000_000_000);
    const { reports } = await world.follow(topic, { ledger });
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 6);
    expect(reports).toEqual([
      { topic, partition: 0, kind: 'recreated', stored: 5, committed: null, low: 0, high: 6 },
    ]);
    expect(ledger.texts).toEqual(texts(0, 6));
    expect(ledger.refused).toBe(0);
  });

  it('takes the log whose last record the store knows for the one it has read', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 3));
    const { reader, ledger } = await world.follow(topic);
    await until('three are stored', () => ledger.texts.length === 3);
    await reader.stop();
    await world.write(numbered(topic, 3, 5));
    const { reports } = await world.follow(topic, { ledger });
    await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 5);
    expect(ledger.texts).toEqual(texts(0, 5));
    expect(reports).toEqual([]);
  });
}

function reportsRetention(world: World, capabilities: BusCapabilities): void {
  needs('retention', capabilities)(
    'reports records deleted before they were read and goes on at the earliest',
    async () => {
      const topic = await world.topic();
      await world.write(numbered(topic, 0, 20));
      await world.hooks.deleteBefore?.(topic, 12);
      const ledger = new Ledger();
      ledger.positions.set(`${topic}/0`, 5);
      const { reports } = await world.follow(topic, { ledger });
      await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 20);
      expect(reports).toEqual([
        { topic, partition: 0, kind: 'retention', stored: 5, committed: null, low: 12, high: 20 },
      ]);
      expect(ledger.texts).toEqual(texts(12, 20));
      expect(ledger.refused).toBe(0);
    },
  );

  needs('retention', capabilities)(
    'reports records deleted while a batch is in hand and skips nothing that is left',
    async () => {
      const topic = await world.topic();
      await world.write(numbered(topic, 0, 10));
      const inHand = world.gate();
      const release = world.gate();
      const ledger = new Ledger();
      const { reports } = await world.follow(topic, {
        ledger,
        handler: async (batch) => {
          inHand.open();
          await release.opened;
          ledger.take(batch);
        },
      });
      await inHand.opened;
      await world.write(numbered(topic, 10, 40));
      await world.hooks.deleteBefore?.(topic, 30);
      release.open();
      await until('the end is stored', () => ledger.positions.get(`${topic}/0`) === 40);
      expect(ledger.texts).toEqual([...texts(0, 10), ...texts(30, 40)]);
      expect(reports.map(({ kind, stored, low }) => ({ kind, stored, low }))).toEqual([
        { kind: 'retention', stored: 10, low: 30 },
      ]);
    },
  );
}

function gaps(world: World, capabilities: BusCapabilities): void {
  needs('transactionMarkers', capabilities)(
    'counts transaction markers into the positions, and takes them for no loss',
    async () => {
      const topic = await world.topic();
      await world.hooks.appendTransaction?.(topic, ['0']);
      await world.hooks.appendTransaction?.(topic, ['1', '2']);
      const { ledger, reports } = await world.follow(topic);
      await until('both transactions are stored', () => ledger.positions.get(`${topic}/0`) === 5);
      await world.hooks.appendTransaction?.(topic, []);
      await world.write(numbered(topic, 3, 4));
      await until('the last is stored', () => ledger.texts.length === 4);
      expect(ledger.texts).toEqual(texts(0, 4));
      expect(ledger.offsetsOf({ topic, partition: 0 }).slice(0, 3)).toEqual([0, 2, 3]);
      expect(reports).toEqual([]);
      expect(ledger.refused).toBe(0);
    },
  );
}
