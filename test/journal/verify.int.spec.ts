import { until } from '../support/until.ts';
import { openJournalBench, type JournalBench } from './journal-bench.ts';

let bench: JournalBench;
let restore: () => Promise<void>;

/** Of refund `a`, a completed one with free text; `b` is another, `r` was rejected. */
const OF_A = `refund_id = 'a'`;

beforeAll(async () => {
  bench = await openJournalBench();
  await bench.completed('a', {
    reason: 'too small',
    requestedBy: 'orders/ann',
    metadata: { '2': 'x', a: 'ä "' },
  });
  await bench.completed('b');
  const paymentId = await bench.top.payment('100.00');
  await bench.top.request([{ refundId: 'r', paymentId, amount: '10.00', currency: 'EUR' }]);
  await bench.top.request([
    { refundId: 's', paymentId, amount: '10.00', providerOptions: { speed: 'warp' } },
  ]);
  await bench.seal();
  restore = await bench.keep();
});
afterEach(async () => {
  await restore();
});
afterAll(async () => {
  await bench.close();
});

const tamper = async (...statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await bench.top.sql.query(statement.replaceAll('@', 'refundry.'));
};

/** Makes digests and hashes of refund `a` fit whatever stands in its rows, up to the row of the refund. */
const REHASHED = [
  `update @journal set hash = sha256(digest) where ${OF_A} and sequence = 1`,
  `update @journal j set hash = sha256(p.hash || j.digest) from @journal p where j.${OF_A} and j.sequence = 2 and p.${OF_A} and p.sequence = 1`,
  `update @refund set hash = (select hash from @journal where ${OF_A} order by sequence desc limit 1) where ${OF_A}`,
];

describe('a journal as it was written', () => {
  it('has no fault, with the published seals too', async () => {
    expect(await bench.faults(true)).toEqual([]);
  });

  it('has none while refunds go on beside the check', async () => {
    const paymentId = await bench.top.payment('100.00');
    const going = bench.top.request(
      ['c', 'd', 'e'].map((refundId) => ({ refundId, paymentId, amount: '1.00' })),
    );
    const found: string[] = [];
    const isDone = async (): Promise<boolean> => {
      found.push(...(await bench.faults()));
      return (await bench.top.reports.refund('e'))?.refund.state === 'completed';
    };
    await until('the refunds have ended', isDone);
    await going;
    expect(found).toEqual([]);
    restore = await bench.keep();
  });
});

describe('a row that was changed', () => {
  it.each([
    [
      'the amount in its event',
      `update @journal set status = replace(status, '10.00', '10.01') where ${OF_A} and sequence = 2`,
    ],
    [
      'the amount in its result',
      `update @journal set result = replace(result, '"debit":"10.00"', '"debit":"99.00"') where ${OF_A} and sequence = 2`,
    ],
    [
      'its free text',
      `update @journal set status = replace(status, 'too small', 'too large') where ${OF_A} and sequence = 2`,
    ],
    [
      'blanks in its event',
      `update @journal set status = replace(status, ',"amount"', ', "amount"') where ${OF_A} and sequence = 2`,
    ],
    [
      'a member said twice',
      `update @journal set status = replace(status, '"amount":', '"amount":"1.00","amount":') where ${OF_A} and sequence = 2`,
    ],
    ['no event at all', `update @journal set status = 'x' where ${OF_A} and sequence = 2`],
    [
      'the time beside its event',
      `update @journal set occurred_at = occurred_at - interval '1 day' where ${OF_A} and sequence = 2`,
    ],
    [
      'a result that is gone',
      `update @journal set result = null, result_type = null where ${OF_A} and sequence = 2`,
    ],
    [
      'the kind of its result',
      `update @journal set result_type = 'RefundFailed' where ${OF_A} and sequence = 2`,
    ],
  ])('is named: %s', async (_what, statement) => {
    await tamper(statement);
    expect(await bench.faults()).toContain('ENTRY_CHANGED a/2');
  });

  it('is found by its seal where nothing else covers it', async () => {
    await tamper(`update @journal set cause = 'person' where ${OF_A} and sequence = 2`);
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1']);
  });

  it('is found by the chain when its digest was made to fit', async () => {
    await tamper(`update @journal set digest = sha256('x') where ${OF_A} and sequence = 1`);
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1', 'ENTRY_CHANGED a/1', 'CHAIN_BROKEN a/1']);
  });

  it('is found by its seal when every digest and hash was made to fit', async () => {
    const before = await bench.top.sql.query<{ digest: Buffer }>(
      `select digest from refundry.journal where refund_id = 'b' and sequence = 2`,
    );
    // Whole events of another refund, with the digest that belongs to them, under hashes that fit.
    await tamper(
      `update @journal set digest = '\\x${before.rows[0]?.digest.toString('hex') ?? ''}' where ${OF_A} and sequence = 2`,
      ...REHASHED,
    );
    const found = await bench.faults();
    expect(found).toContain('SEAL_BROKEN seal 1');
    expect(
      found.some((fault) => fault.startsWith('CHAIN_BROKEN') || fault.startsWith('REFUND_CHANGED')),
    ).toBe(false);
  });
});

describe('a row that was deleted', () => {
  it('is named when it stood in the middle', async () => {
    await tamper(`delete from @journal where ${OF_A} and sequence = 1`);
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1', 'ENTRY_MISSING a/1']);
  });

  it('is named when it stood at the end', async () => {
    await tamper(`delete from @journal where ${OF_A} and sequence = 2`);
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1', 'ENTRY_MISSING a/2']);
  });

  it('is found by its seal when the refund was made to end before it', async () => {
    await tamper(
      `delete from @journal where ${OF_A} and sequence = 2`,
      `update @refund set sequence = 1, hash = (select hash from @journal where ${OF_A}) where ${OF_A}`,
    );
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1']);
  });
});

describe('a row that was added', () => {
  const ADDED = `insert into @journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, digest, hash, entry_no)
    select payment_no, ordinal, 3, refund_id, payment_id, occurred_at, cause, status, digest, sha256(hash || digest)`;

  it('is found by its number, whichever it was given', async () => {
    await tamper(`${ADDED}, entry_no from @journal where ${OF_A} and sequence = 2`);
    expect(await bench.faults()).toContain('SEAL_BROKEN seal 1');
    await restore();
    await tamper(`${ADDED}, 0 from @journal where ${OF_A} and sequence = 2`);
    expect(await bench.faults()).toContain('SEAL_BROKEN seal 1');
    await restore();
    await tamper(`${ADDED}, -1 from @journal where ${OF_A} and sequence = 2`);
    expect(await bench.faults()).toContain('ENTRY_CHANGED journal');
  });
});

describe('a whole refund that was deleted', () => {
  it('is named by its id while that is there', async () => {
    await tamper(`delete from @journal where ${OF_A}`, `delete from @refund where ${OF_A}`);
    expect(await bench.faults()).toEqual([
      'SEAL_BROKEN seal 1',
      'REFUND_MISSING journal',
      'REFUND_MISSING a',
    ]);
  });

  it('is named by its place in the payment when its id is gone too', async () => {
    await tamper(...['journal', 'refund', 'refund_id'].map((table) => `delete from @${table} where ${OF_A}`));
    const found = await bench.verify();
    expect(found.map(({ code }) => code)).toEqual(['SEAL_BROKEN', 'REFUND_MISSING']);
    expect(found[0]?.text).toContain('2 are gone, and the beginning of 1 refunds');
    expect(found[1]?.paymentId).toMatch(/^pay_/);
  });

  it('is found by its seal when the payment is gone too', async () => {
    await tamper(
      `delete from @payment where payment_no = (select payment_no from @refund where ${OF_A})`,
      ...['journal', 'refund', 'refund_id'].map((table) => `delete from @${table} where ${OF_A}`),
    );
    expect(await bench.faults()).toEqual(['SEAL_BROKEN seal 1']);
  });

  it('is named when only its journal is gone, or everything but its journal', async () => {
    await tamper(`delete from @journal where ${OF_A}`);
    expect(await bench.faults()).toContain('ENTRY_MISSING a/1');
    await restore();
    await tamper(`delete from @refund where ${OF_A}`, `delete from @refund_id where ${OF_A}`);
    expect(await bench.faults()).toContain('REFUND_MISSING a/2');
  });
});

describe('what stands beside the journal', () => {
  it.each([
    ['REFUND_CHANGED a/2', `update @refund set hash = sha256('x') where ${OF_A}`],
    ['REFUND_CHANGED a/2', `update @refund set sequence = 1 where ${OF_A}`],
    ['ENTRY_MISSING a/3', `update @refund set sequence = 3 where ${OF_A}`],
    ['FREE_TEXT_CHANGED a/1', `update @refund_id set free_text = '"reason":"x"' where ${OF_A}`],
    ['FREE_TEXT_CHANGED a/1', `update @refund_id set salt = '' where ${OF_A}`],
    ['ENTRY_CHANGED a/1', `update @refund_id set free_digest = 'x' where ${OF_A}`],
    ['REFUND_MISSING a/1', `delete from @refund_id where ${OF_A}`],
    [
      'REFUND_CHANGED a/1',
      `update @payment p set last_ordinal = 0 from @refund r where r.payment_no = p.payment_no and r.${OF_A}`,
    ],
  ])('is %s after: %s', async (fault, statement) => {
    await tamper(statement);
    expect(await bench.faults()).toContain(fault);
  });
});

describe('a seal', () => {
  it.each([
    ['SEAL_CHANGED seal 1', `update @seal set hash = sha256('x') where seal_no = 1`],
    ['SEAL_CHANGED seal 1', `update @seal set sealed_at = sealed_at - interval '1 s' where seal_no = 1`],
    ['SEAL_CHANGED seal 1', `update @seal set last_entry = last_entry - 1 where seal_no = 1`],
    ['SEAL_BROKEN seal 1', `update @seal set root = sha256('x') where seal_no = 1`],
    ['SEAL_BROKEN seal 1', `update @seal set entries = entries + 1 where seal_no = 1`],
    ['SEAL_MISSING seal 1', `update @seal set seal_no = 2 where seal_no = 1`],
  ])('that was changed is %s after: %s', async (fault, statement) => {
    await tamper(statement);
    expect(await bench.faults()).toContain(fault);
  });

  it('that was cut off with the rows that it covers is found with the published ones only', async () => {
    await tamper(
      ...['journal', 'refund', 'refund_id', 'payment', 'seal'].map((table) => `delete from @${table}`),
    );
    expect(await bench.faults()).toEqual([]);
    expect(await bench.faults(true)).toEqual(['SEAL_MISSING seal 1']);
  });

  it('that was made anew over changed rows differs from the published one', async () => {
    await tamper(
      `delete from @journal where ${OF_A} and sequence = 2`,
      `update @refund set sequence = 1, hash = (select hash from @journal where ${OF_A}) where ${OF_A}`,
      `delete from @seal`,
    );
    const one = bench.sealer('forger', {
      bus: {
        ...bench.bus,
        writer: async () => await Promise.reject(new Error('the forger does not publish')),
      },
    });
    await until('the seals were made anew', async () => (await bench.seals.lastSeal()) !== null);
    await one.stop();
    expect(await bench.faults()).toEqual([]);
    expect(await bench.faults(true)).toEqual(['SEAL_CHANGED seal 1']);
  });

  it('that the database only calls published is not on the topic', async () => {
    const { rows } = await bench.top.sql.query<{ last: string }>(
      `select max(last_entry) as last from refundry.seal`,
    );
    await tamper(
      `insert into @seal select 2, ${String(Number(rows[0]?.last) + 1)}, ${String(Number(rows[0]?.last) + 1)}, 0, 0, root, hash, hash, now(), now() from @seal`,
    );
    expect(await bench.faults(true)).toContain('SEAL_UNPUBLISHED seal 2');
  });
});
