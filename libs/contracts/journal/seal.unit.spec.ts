import 'reflect-metadata';
import { Ajv } from 'ajv';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import {
  composeSchemas,
  FIRST_PREVIOUS,
  hashOfSeal,
  JournalSealed,
  sealMessage,
  SealRoot,
  type Seal,
  type SealedRow,
  type SealFacts,
} from '../index.ts';

const ROW: SealedRow = {
  paymentNo: '7',
  ordinal: 1,
  sequence: 1,
  refundId: 'rf_1',
  paymentId: 'pay_1',
  occurredAtMs: 1_790_000_000_123,
  cause: 'request',
  traceparent: null,
  resultType: null,
  format: 1,
  digest: Buffer.alloc(32, 1),
  hash: Buffer.alloc(32, 2),
};

const rootOf = (...rows: readonly SealedRow[]): string => {
  const root = new SealRoot();
  for (const row of rows) root.add(row);
  return root.root().toString('hex');
};

const FACTS: SealFacts = {
  seal: 1,
  firstEntry: 0,
  lastEntry: 40,
  entries: 2,
  refunds: 1,
  root: Buffer.from(rootOf(ROW), 'hex'),
  previous: FIRST_PREVIOUS,
  sealedAtMs: 1_790_000_000_456,
};
const SEAL: Seal = { ...FACTS, hash: hashOfSeal(FACTS) };

describe('the root of a seal', () => {
  it.each(Object.keys(ROW) as (keyof SealedRow)[])('is another when the %s of a row is', (column) => {
    const value = ROW[column];
    const other = typeof value === 'number' ? value + 1 : Buffer.isBuffer(value) ? Buffer.alloc(32, 9) : 'x';
    expect(rootOf({ ...ROW, [column]: other })).not.toBe(rootOf(ROW));
  });

  it('depends on the order, and on what belongs to which row', () => {
    const other = { ...ROW, sequence: 2 };
    expect(rootOf(ROW, other)).not.toBe(rootOf(other, ROW));
    expect(rootOf({ ...ROW, refundId: 'a', paymentId: 'bc' })).not.toBe(
      rootOf({ ...ROW, refundId: 'ab', paymentId: 'c' }),
    );
  });

  it('counts entries, and the refunds that begin with them', () => {
    const root = new SealRoot();
    for (const sequence of [1, 2, 1]) root.add({ ...ROW, sequence });
    expect([root.entries, root.refunds]).toEqual([3, 2]);
  });
});

describe('a seal', () => {
  it.each(Object.keys(FACTS) as (keyof SealFacts)[])('has another hash when its %s is another', (fact) => {
    const value = FACTS[fact];
    const other = typeof value === 'number' ? value + 1 : Buffer.alloc(32, 9);
    expect(hashOfSeal({ ...FACTS, [fact]: other }).equals(SEAL.hash)).toBe(false);
  });

  it('is published in these bytes, always: they are compared with the database years later', () => {
    const { key, value, headers, topic } = sealMessage(SEAL, 'seals');
    expect([topic, key?.toString()]).toEqual(['seals', 'journal']);
    expect(value?.toString()).toBe(
      `{"seal":1,"firstEntry":0,"lastEntry":40,"entries":2,"refunds":1,"root":"${FACTS.root.toString('hex')}","previous":"${'0'.repeat(64)}","sealedAt":"2026-09-21T14:13:20.456Z","hash":"${SEAL.hash.toString('hex')}"}`,
    );
    expect(headers.map(({ name, value: text }) => [name, text?.toString()])).toEqual([
      ['content-type', 'application/json'],
      ['ce_specversion', '1.0'],
      ['ce_id', 'seal.1'],
      ['ce_source', '/refundry/seals'],
      ['ce_type', 'JournalSealed'],
      ['ce_subject', 'journal'],
      ['ce_time', '2026-09-21T14:13:20.456Z'],
      ['ce_dataschema', 'urn:refundry:JournalSealed:1'],
    ]);
    expect([SEAL.root.toString('hex'), SEAL.hash.toString('hex')]).toEqual([
      'fe4f6f23452e794336a8b078711b4babdbc1e8420e7a6b85f4149275b84b33ac',
      'd83331f1208b04a31ca6992da151f587c5e3eeac485c4596cdd1688229a93745',
    ]);
  });

  it('fits its class and its schema', () => {
    const event = JSON.parse(sealMessage(SEAL, 'seals').value?.toString() ?? '') as object;
    const rules = { forbidUnknownValues: true, whitelist: true, forbidNonWhitelisted: true };
    expect(validateSync(plainToInstance(JournalSealed, event), rules)).toEqual([]);
    const ajv = new Ajv({ strict: true, formats: { 'date-time': true } });
    expect(ajv.validate(composeSchemas().JournalSealed, event)).toBe(true);
  });
});
