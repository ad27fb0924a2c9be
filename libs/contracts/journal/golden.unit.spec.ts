/**
 * The bytes on the wire, compared with files of contracts/fixtures. Those files are frozen, nothing writes them anew: what was published must
 * come out the same when it is published again. If a file no longer fits, the code is wrong, or it is a new format beside the old one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import {
  acknowledgementMessage,
  deadLetterMessage,
  freeTextOf,
  messagesOf,
  readRequest,
  RefundCompleted,
  RefundFailed,
  RefundReversed,
  RefundStatusChanged,
  ResultAcknowledged,
  writeEntry,
  type Change,
  type DeadLetterCode,
  type IncomingRecord,
  type OutgoingRecord,
  type RefundFacts,
} from '../index.ts';

interface WrittenRecord {
  readonly key: string | null;
  readonly headers: readonly [string, string | null][];
  readonly value: string | null;
}
interface RequestFixture {
  readonly record: WrittenRecord;
  readonly read: Readonly<Record<string, unknown>>;
}
interface EntryFixture {
  readonly salt: string;
  readonly free: Parameters<typeof freeTextOf>[0];
  readonly facts: Omit<RefundFacts, 'freeText' | 'freeDigest'>;
  readonly change: Change;
  readonly traceparent: string | null;
  readonly freeDigest: string;
  readonly digest: string;
  readonly messages: readonly (WrittenRecord & { readonly topic: string })[];
}
interface AcknowledgementFixture {
  readonly event: ResultAcknowledged;
  readonly message: WrittenRecord & { readonly topic: string };
}
interface DeadLetterFixture {
  readonly record: WrittenRecord;
  readonly place: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestampMs: number;
  };
  readonly reason: { readonly code: DeadLetterCode; readonly message: string };
  readonly message: WrittenRecord & { readonly topic: string };
}

const DIRECTORY = join(process.cwd(), 'contracts', 'fixtures');
const EVENTS = { RefundCompleted, RefundFailed, RefundReversed, RefundStatusChanged };

function named<Fixture>(prefix: string): [string, Fixture][] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.startsWith(prefix))
    .map((name) => [name, JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as Fixture]);
}

function record({ key, headers, value }: WrittenRecord): IncomingRecord {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  return {
    key: bytes(key),
    value: bytes(value),
    headers: headers.map(([name, text]) => ({ name, value: bytes(text) })),
  };
}

function written({ topic, key, value, headers }: OutgoingRecord): EntryFixture['messages'][number] {
  const text = (bytes: Buffer | null): string | null => bytes?.toString('utf8') ?? null;
  return {
    topic,
    key: text(key),
    headers: headers.map(({ name, value: bytes }) => [name, text(bytes)]),
    value: text(value),
  };
}

it.each(named<RequestFixture>('request-'))('%s is read as it says', (_name, fixture) => {
  const incoming = readRequest(record(fixture.record));
  const request = incoming.kind === 'request' ? incoming.request : null;
  expect({ ...request, fingerprint: request?.fingerprint.toString('hex') }).toEqual(fixture.read);
});

it('both modes of the same request are read alike', () => {
  const [one, other, ...rest] = named<RequestFixture>('request-').map(([, { read }]) => read);
  expect(rest).toEqual([]);
  expect({ ...one, ceId: null }).toEqual({ ...other, ceId: null });
});

describe.each(named<EntryFixture>('entry-'))('%s', (_name, fixture) => {
  const facts = { ...fixture.facts, ...freeTextOf(fixture.free, Buffer.from(fixture.salt, 'hex')) };
  const entry = writeEntry(facts, fixture.change);

  it('is written and published byte for byte', () => {
    const { refundId, paymentId } = fixture.facts;
    const { occurredAt } = fixture.change;
    const messages = messagesOf(
      { refundId, paymentId, occurredAt, traceparent: fixture.traceparent, ...entry, format: 1 },
      { results: 'refunds.results.v1', status: 'refunds.status.v1' },
    );
    expect(messages.map(written)).toEqual(fixture.messages);
    expect(facts.freeDigest).toBe(fixture.freeDigest);
    expect(entry.digest.toString('hex')).toBe(fixture.digest);
  });

  it('holds events that fit their classes', () => {
    for (const message of fixture.messages) {
      const type = message.headers.find(([name]) => name === 'ce_type')?.[1] as keyof typeof EVENTS;
      const event = plainToInstance<object, unknown>(EVENTS[type], JSON.parse(message.value ?? ''));
      expect(
        validateSync(event, { forbidUnknownValues: true, whitelist: true, forbidNonWhitelisted: true }),
      ).toEqual([]);
    }
  });
});

it.each(named<DeadLetterFixture>('dead-letter-'))('%s is laid aside byte for byte', (_name, fixture) => {
  const message = deadLetterMessage(
    { ...record(fixture.record), ...fixture.place },
    fixture.reason,
    'refundry',
    fixture.message.topic,
  );
  expect(written(message)).toEqual(fixture.message);
});

it.each(named<AcknowledgementFixture>('acknowledgement'))(
  '%s is published byte for byte, and fits its class',
  (_name, { event, message }) => {
    expect(written(acknowledgementMessage(event, message.topic))).toEqual(message);
    const read = plainToInstance<object, unknown>(ResultAcknowledged, JSON.parse(message.value ?? ''));
    expect(
      validateSync(read, { forbidUnknownValues: true, whitelist: true, forbidNonWhitelisted: true }),
    ).toEqual([]);
  },
);

it('there is a fixture for every kind of event', () => {
  const types = named<EntryFixture>('entry-').flatMap(([, { messages }]) =>
    messages.flatMap(({ headers }) =>
      headers.filter(([name]) => name === 'ce_type').map(([, value]) => value),
    ),
  );
  expect(new Set(types)).toEqual(new Set(Object.keys(EVENTS)));
});

it('a dead letter keeps bytes that are no text, a null key and repeated headers, and drops headers of an earlier burial', () => {
  const value = Buffer.from([0xff, 0x00, 0xfe]);
  const headers = [
    { name: 'x', value: Buffer.from('1') },
    { name: 'x', value: null },
    { name: 'dlq-reason', value: Buffer.from('OLD') },
    { name: 'x', value: Buffer.from([0xff]) },
  ];
  const place = { topic: 't', partition: 0, offset: 2 ** 53 - 1, timestampMs: 0 };
  const message = deadLetterMessage(
    { key: null, value, headers, ...place },
    { code: 'NOT_UTF8', message: '💳'.repeat(2_000) },
    'g',
    't.dlq',
  );
  expect(message.key).toBeNull();
  expect(message.value).toBe(value);
  expect(message.headers.slice(0, 3)).toEqual([headers[0], headers[1], headers[3]]);
  const ours = new Map(message.headers.map((header) => [header.name, header.value?.toString('utf8') ?? '']));
  expect(ours.get('dlq-reason')).toBe('NOT_UTF8');
  expect(ours.get('dlq-offset')).toBe('9007199254740991');
  expect(ours.get('dlq-message')?.isWellFormed()).toBe(true);
  expect(ours.get('dlq-message')?.length).toBeLessThanOrEqual(1_024);
});

it('a row whose result or status is gone publishes what is left', () => {
  const row = {
    refundId: 'r',
    paymentId: 'p',
    sequence: 1,
    occurredAt: 't',
    traceparent: null,
    resultType: null,
    format: 1,
  } as const;
  const topics = { results: 'R', status: 'S' };
  expect(messagesOf({ ...row, status: '{}', result: null }, topics).map(({ topic }) => topic)).toEqual(['S']);
  expect(
    messagesOf({ ...row, status: null, result: '{}', resultType: 'RefundFailed' }, topics).map(
      ({ topic }) => topic,
    ),
  ).toEqual(['R']);
  expect(() => messagesOf({ ...row, status: null, result: '{}' }, topics)).toThrow(
    'a stored result has a type',
  );
});
