import { ACCEPT } from './statements/accept.ts';
import { ARM } from './statements/arm.ts';
import { CLAIM } from './statements/claim.ts';
import { CLAIM_LOOK_UPS } from './statements/claim-look-ups.ts';
import { GIVE_BACK } from './statements/give-back.ts';
import { KEEP_EXTERNAL } from './statements/keep-external.ts';
import { LOOK_AGAIN } from './statements/look-again.ts';
import { READ_REFUNDS } from './statements/read-refunds.ts';
import { OUTBOX_TAKE } from './statements/relay.ts';
import { SETTLE } from './statements/settle.ts';
import { TAKE_WEBHOOKS } from './statements/take-webhooks.ts';
import { loadBacklog, openStore, planFaults, type Session, type StoreFixture } from './testing/index.ts';

const PATH = [
  CLAIM,
  CLAIM_LOOK_UPS,
  ARM,
  SETTLE,
  GIVE_BACK,
  READ_REFUNDS,
  LOOK_AGAIN,
  KEEP_EXTERNAL,
  OUTBOX_TAKE,
  TAKE_WEBHOOKS,
];

/** 100,000 refunds and more than that of everything that belongs to them. */
const PAYMENTS = 34_000;

let store: StoreFixture;
let path: Session;
let accept: Session;

beforeAll(async () => {
  store = await openStore();
  path = await store.connect('path');
  accept = await store.connect('accept');
});
afterAll(async () => {
  await store.close();
});

const faults = async (): Promise<Record<string, readonly string[]>> => {
  const found: Record<string, readonly string[]> = {
    accept: await planFaults(accept, ACCEPT, { hashJoins: true }),
  };
  for (const statement of PATH) found[statement.name] = await planFaults(path, statement);
  return found;
};

const NONE = Object.fromEntries([ACCEPT, ...PATH].map(({ name }) => [name, []]));

describe('every statement on the path follows indexes only', () => {
  it('on empty tables', async () => {
    expect(await faults()).toEqual(NONE);
  });

  it('on a backlog that was never analysed', async () => {
    await loadBacklog(store.sql, PAYMENTS);
    expect(await faults()).toEqual(NONE);
  });

  it('on a backlog that is analysed', async () => {
    await store.sql.query('vacuum analyze');
    expect(await faults()).toEqual(NONE);
  });

  it('only because the connections pin it', async () => {
    const { name } = CLAIM;
    const unpinned = await planFaults(store.sql, CLAIM);
    expect({ name, unpinned }).not.toEqual({ name, unpinned: [] });
  });
});
