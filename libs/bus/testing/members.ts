import { setTimeout as pause } from 'node:timers/promises';
import type { BatchHandler } from '../port.ts';
import { Ledger } from './ledger.ts';
import { message, numbered, SESSION_MS, texts, until, type World } from './world.ts';

export function describeMembers(world: World): void {
  describe('members of a group', () => {
    joinsAndLeaves(world);
    leavesCleanly(world);
    takesItsTime(world);
    dies(world);
    comesBack(world);
  });
}

function joinsAndLeaves(world: World): void {
  it('skips nothing and stores nothing twice while members join and leave under load', async () => {
    const topic = await world.topic(6);
    const groupId = world.name();
    const ledger = new Ledger();
    const keys = Array.from({ length: 24 }, (_, n) => `key-${String(n)}`);
    let written = 0;
    const load = { on: true };
    const writing = (async () => {
      while (load.on) {
        await world.write(Array.from({ length: 24 }, (_, n) => message(topic, String(written + n), keys[n])));
        written += 24;
      }
    })();
    const takes = new Set<string>();
    const member = async (name: string): Promise<void> => {
      const { bus } = await world.connect();
      const handler: BatchHandler = async (batch) => {
        ledger.take(batch);
        await Promise.resolve(takes.add(`${name} ${String(batch.partition)}`));
      };
      await world.follow(topic, { groupId, ledger, bus, handler });
    };
    await member('first');
    await until('the first reads all partitions', () => takes.size === 6);
    await member('second');
    await until('the second has its share', () => hasShare(takes, 'second', 3));
    const { reader } = await world.follow(topic, { groupId, ledger });
    await reader.stop();
    takes.clear();
    await until('all partitions are read', () => new Set([...takes].map((take) => take.at(-1))).size === 6);
    load.on = false;
    await writing;
    await until('all is stored', () => ledger.records.length >= written);
    const values = ledger.texts.map(Number).toSorted((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: written }, (_, n) => n));
    for (const partition of [0, 1, 2, 3, 4, 5]) {
      const offsets = ledger.offsetsOf({ topic, partition });
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
  });
}

function hasShare(takes: ReadonlySet<string>, name: string, partitions: number): boolean {
  return [...takes].filter((take) => take.startsWith(name)).length >= partitions;
}

function leavesCleanly(world: World): void {
  it('takes over at once from a member that stopped', async () => {
    const topic = await world.topic(2);
    const groupId = world.name();
    const ledger = new Ledger();
    const sessionTimeoutMs = 60_000;
    const first = await world.follow(topic, { groupId, ledger, sessionTimeoutMs });
    const { bus } = await world.connect();
    await world.follow(topic, { groupId, ledger, bus, sessionTimeoutMs });
    await first.reader.stop();
    const stoppedAt = performance.now();
    await world.write([...numbered(topic, 0, 5, 'a'), ...numbered(topic, 0, 5, 'd')]);
    await until('the other has stored all', () => ledger.records.length === 10);
    expect(performance.now() - stoppedAt).toBeLessThan(sessionTimeoutMs / 2);
    expect(ledger.refused).toBe(0);
  });
}

function takesItsTime(world: World): void {
  it('keeps its partition while a handler takes longer than the session', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    const ledger = new Ledger();
    await world.write(numbered(topic, 0, 5));
    const { bus } = await world.connect();
    let delivered = 0;
    let wasAborted = false;
    const handler: BatchHandler = async (batch, signal) => {
      delivered += 1;
      await pause(SESSION_MS + 1_500);
      // Read here: once the batch has ended, the partition may go to the other member.
      wasAborted = signal.aborted;
      ledger.take(batch);
    };
    await world.follow(topic, { groupId, ledger, handler });
    await until('the batch is in hand', () => delivered === 1);
    const waiting = world.follow(topic, { groupId, ledger, handler, bus });
    await until('the batch is stored', () => ledger.texts.length === 5);
    await waiting;
    expect(delivered).toBe(1);
    expect(wasAborted).toBe(false);
    expect(ledger.refused).toBe(0);
  });
}

function dies(world: World): void {
  it('delivers what a dead member had in hand to another, and the store refuses the dead one when it wakes', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    const ledger = new Ledger();
    await world.write(numbered(topic, 0, 5));
    const dying = await world.connect();
    const inHand = world.gate();
    const wake = world.gate();
    const late: unknown[] = [];
    await world.follow(topic, {
      groupId,
      ledger,
      bus: dying.bus,
      handler: async (batch) => {
        inHand.open();
        await wake.opened;
        try {
          ledger.take(batch);
        } catch (error) {
          late.push(error);
          throw error;
        }
      },
    });
    await inHand.opened;
    dying.wire.cut();
    const { bus } = await world.connect();
    await world.follow(topic, { groupId, ledger, bus });
    await until('the other has stored the batch', () => ledger.texts.length === 5);
    wake.open();
    await until('the dead one has tried', () => late.length === 1);
    expect(ledger.texts).toEqual(texts(0, 5));
    expect(ledger.refused).toBe(1);
    const [committed] = await world.admin.committed(groupId, topic);
    expect(committed?.offset).toBe(5);
  });
}

function comesBack(world: World): void {
  it('goes on by itself after the connection was lost, and says meanwhile that it heard nothing', async () => {
    const topic = await world.topic();
    const { bus, wire } = await world.connect();
    await world.write(numbered(topic, 0, 3));
    const { reader, ledger } = await world.follow(topic, { bus });
    await until('three are stored', () => ledger.texts.length === 3);
    expect(reader.health().lastHeardMsAgo).toBeLessThan(SESSION_MS);
    wire.cut();
    await world.write(numbered(topic, 3, 6));
    await until('the silence shows', () => (reader.health().lastHeardMsAgo ?? 0) > 1_500);
    wire.restore();
    await until('the rest is stored', () => ledger.texts.length === 6);
    expect(ledger.texts).toEqual(texts(0, 6));
    expect(reader.health()).toMatchObject({ joined: true, fatal: null });
  });
}
