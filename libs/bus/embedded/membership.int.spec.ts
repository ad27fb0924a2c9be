import { Client } from 'pg';
import { BusDatabase } from './database.ts';
import { Membership } from './membership.ts';
import { Topics, type Topic } from './topics.ts';

const SHORT_MS = 50;
const LONG_MS = 60_000;

describe('members in the database', () => {
  const serverUrl = process.env['TEST_POSTGRES_URL'] ?? '';
  const name = `bus_members_${String(process.pid)}`;
  const server = new Client({ connectionString: serverUrl });
  let database: BusDatabase;
  let topics: readonly Topic[] = [];
  let groups = 0;

  beforeAll(async () => {
    await server.connect();
    await server.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    database = new BusDatabase(url.href, () => undefined);
    const all = new Topics(database);
    await all.create({ topic: 't', partitions: 4 });
    topics = await all.find(['t']);
  });

  afterAll(async () => {
    await database.close();
    await server.query(`drop database ${name} with (force)`);
    await server.end();
  });

  const group = (): ((leaseMs: number) => Membership) => {
    groups += 1;
    const groupId = `g${String(groups)}`;
    return (leaseMs) => new Membership(database, groupId, topics, leaseMs);
  };
  const leaseIsOver = async (): Promise<void> => {
    await server.query(`select pg_sleep(${String((SHORT_MS + 20) / 1_000)})`);
  };

  it('lets one member own all, and a second wait for its part until it is given back', async () => {
    const member = group();
    const [first, second] = [member(LONG_MS), member(LONG_MS)];
    expect((await first.beat()).own).toHaveLength(4);
    expect(await second.beat()).toMatchObject({ own: [], awaited: 2 });
    const { giveBack } = await first.beat();
    expect(giveBack).toHaveLength(2);
    for (const seat of giveBack) await first.giveBack(seat);
    expect((await second.beat()).own.map(({ partition }) => partition)).toEqual(
      giveBack.map(({ partition }) => partition),
    );
    expect((await first.beat()).own).toHaveLength(2);
  });

  it('refuses a commit when the lease is over, although nobody has taken the partition', async () => {
    const slow = group()(SHORT_MS);
    const [seat] = (await slow.beat()).own;
    if (seat === undefined) throw new Error('no partition');
    expect(await slow.commit(seat, 5)).toBe(true);
    await leaseIsOver();
    expect(await slow.commit(seat, 9)).toBe(false);
    expect((await slow.committed())[0]?.committed).toBe(5);
    await slow.beat();
    expect(await slow.commit(seat, 9)).toBe(true);
  });

  it('refuses a commit of a former owner, also after it has joined again', async () => {
    const member = group();
    const frozen = member(SHORT_MS);
    const { own } = await frozen.beat();
    await leaseIsOver();
    const other = member(LONG_MS);
    expect((await other.beat()).own).toHaveLength(4);
    await frozen.beat();
    for (const seat of own) expect(await frozen.commit(seat, 3)).toBe(false);
    expect((await other.committed()).every(({ committed }) => committed === null)).toBe(true);
  });

  it('leaves with the partitions free for whoever beats next', async () => {
    const member = group();
    const [first, second] = [member(LONG_MS), member(LONG_MS)];
    await first.beat();
    await first.leave();
    expect((await second.beat()).own).toHaveLength(4);
  });

  it('shares the partitions of members that all join at once', async () => {
    const member = group();
    const members = [member(LONG_MS), member(LONG_MS), member(LONG_MS)];
    await Promise.all(members.map(async (one) => await one.beat()));
    for (const one of members) for (const seat of (await one.beat()).giveBack) await one.giveBack(seat);
    const owned = await Promise.all(members.map(async (one) => (await one.beat()).own.length));
    expect(owned.toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  });

  it('creates the schema once when several processes start together', async () => {
    const fresh = `${name}_fresh`;
    await server.query(`create database ${fresh}`);
    const url = new URL(serverUrl);
    url.pathname = `/${fresh}`;
    const databases = [0, 1, 2, 3].map(() => new BusDatabase(url.href, () => undefined));
    const ids = await Promise.all(databases.map(async (one) => await one.ready()));
    expect(new Set(ids).size).toBe(1);
    await Promise.all(
      databases.map(async (one) => {
        await one.close();
      }),
    );
    await server.query(`drop database ${fresh} with (force)`);
  });
});
