import type { BusHeader, BusRecord } from '../port.ts';
import { message, type World } from './world.ts';

const BINARY = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0x0a]);

export function describeContent(world: World): void {
  describe('content', () => {
    keepsBytes(world);
    carriesOn(world);
  });
}

interface Sent {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly BusHeader[];
}

async function through(world: World, sent: Sent): Promise<BusRecord> {
  const topic = await world.topic();
  await world.write([{ topic, key: null, value: null, headers: [], ...sent }]);
  return await firstOf(world, topic);
}

async function firstOf(world: World, topic: string): Promise<BusRecord> {
  const [record] = (await world.contentOf(topic)).records;
  if (record === undefined) throw new Error('nothing was read');
  return record;
}

function keepsBytes(world: World): void {
  it('keeps bytes that are no text, in key, value and header', async () => {
    const headers = [{ name: 'ce_id', value: BINARY }];
    expect(await through(world, { key: BINARY, value: BINARY, headers })).toMatchObject({
      key: BINARY,
      value: BINARY,
      headers,
    });
  });

  it('keeps null apart from empty, in key, value and header', async () => {
    const nothing = { key: null, value: null, headers: [{ name: 'h', value: null }] };
    expect(await through(world, nothing)).toMatchObject(nothing);
    const empty = {
      key: Buffer.alloc(0),
      value: Buffer.alloc(0),
      headers: [{ name: 'h', value: Buffer.alloc(0) }],
    };
    expect(await through(world, empty)).toMatchObject(empty);
  });

  it('keeps a header name that repeats, in order, and names that every object inherits', async () => {
    const headers = ['x', 'y', 'x', 'constructor', 'x', '__proto__'].map((name, n) => ({
      name,
      value: n === 4 ? null : Buffer.from(String(n)),
    }));
    const record = await through(world, { headers });
    for (const name of ['x', 'y', 'constructor', '__proto__']) {
      const of = (list: readonly BusHeader[]): BusHeader[] => list.filter((header) => header.name === name);
      expect(of(record.headers)).toEqual(of(headers));
    }
    expect(record.headers).toHaveLength(headers.length);
  });
}

function carriesOn(world: World): void {
  it('carries a dead letter on with its original bytes, key and headers', async () => {
    const source = await world.topic();
    const target = await world.topic();
    const headers = [
      { name: 'ce_type', value: BINARY },
      { name: 'trace', value: Buffer.from('1') },
      { name: 'trace', value: null },
    ];
    await world.write([{ topic: source, key: BINARY, value: BINARY, headers }]);
    const original = await firstOf(world, source);
    const reason = { name: 'dlq-reason', value: Buffer.from('NOT_JSON') };
    await world.write([{ ...original, topic: target, headers: [...original.headers, reason] }]);
    expect(await firstOf(world, target)).toMatchObject({
      key: BINARY,
      value: BINARY,
      headers: [...headers, reason],
    });
  });

  it('stamps a record with the time it was sent', async () => {
    const topic = await world.topic();
    const before = Date.now();
    await world.write([message(topic, 'now')]);
    const [record] = (await world.contentOf(topic)).records;
    expect(record?.timestampMs).toBeGreaterThanOrEqual(before - 1_000);
    expect(record?.timestampMs).toBeLessThanOrEqual(Date.now() + 1_000);
  });
}
