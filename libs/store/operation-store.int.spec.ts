import { OperationStore } from './operation-store.ts';
import { openStore, type StoreFixture } from './testing/index.ts';

let store: StoreFixture;
let operations: OperationStore;

beforeAll(async () => {
  store = await openStore();
  operations = new OperationStore(store.database);
});
afterAll(async () => {
  await store.close();
});

describe('an operation', () => {
  const begun = { command: 'replay results', by: 'ann', arguments: { from: 'offset:3' }, dryRun: true };

  it('is there from its beginning, and keeps what came of it', async () => {
    const number = await operations.begin(begun);
    expect(await operations.find(number)).toMatchObject({ ...begun, outcome: null, endedAtMs: null });
    const end = {
      outcome: 'differences',
      counts: { missing: 2 },
      report: { missing: ['a.1', 'b.2'] },
    } as const;
    await operations.end(number, end);
    const found = await operations.find(number);
    expect(found).toMatchObject({ ...begun, ...end, operationNo: number });
    expect(found?.endedAtMs).toBeGreaterThanOrEqual(found?.startedAtMs ?? Infinity);
  });

  it('ends once', async () => {
    const number = await operations.begin(begun);
    await operations.end(number, { outcome: 'clean', counts: {}, report: null });
    await operations.end(number, { outcome: 'failed', counts: { more: 1 }, report: null });
    expect(await operations.find(number)).toMatchObject({ outcome: 'clean', counts: {} });
  });

  it('is listed with the latest first, by its command or the family of it', async () => {
    const first = await operations.begin({ ...begun, command: 'dlq redrive' });
    const last = await operations.begin({ ...begun, command: 'dlq list' });
    const numbers = async (command: string | null): Promise<string[]> =>
      (await operations.list(2, command)).map(({ operationNo }) => operationNo);
    expect(await numbers(null)).toEqual([last, first]);
    expect(await numbers('dlq')).toEqual([last, first]);
    expect(await numbers('dlq redrive')).toEqual([first]);
    expect(await numbers('dlq red')).toEqual([]);
  });

  it('of a number that was never given is not there', async () => {
    expect(await operations.find('999999')).toBeNull();
  });
});
