import type { Bus, BusBatch, BusRecord } from '#libs/bus';
import { readRequest, type ReadRequest } from '#libs/contracts';
import type { EventFilter, FoundRequest, IntakeStore, ReplayStore } from '#libs/store';
import { Samples } from './samples.ts';
import { partOf, sizeOf, type Span, type TopicPart } from './span.ts';

/** What is said of a request that is not as it should be. `reason` is the dead letter's code, or what became of it. */
export interface RequestFinding {
  readonly partition: number;
  readonly offset: number;
  readonly refundId: string | null;
  readonly reason: string | null;
}

const KINDS = [
  'equal',
  'waiting',
  'missing',
  'conflict',
  'unreadable',
  'conflictNotKept',
  'unreadableNotKept',
  'taken',
  'rejected',
  'refused',
] as const;

/**
 * `equal`: known with this content. `waiting`: intake has not come there yet. `missing`: intake has passed it, and the store does not know it.
 * `conflict`, `unreadable`: known with another content, or not readable, and kept as a dead letter; `…NotKept`: no dead letter of it is there.
 * `taken`, `rejected`, `refused`: what became of missing ones that were taken in late.
 */
export type RequestKind = (typeof KINDS)[number];

/** Takes missing requests in late, and says what became of each; `unserved` ones stay missing. */
type IngestLate = (
  at: { readonly topic: string; readonly partition: number },
  requests: readonly { readonly record: BusRecord; readonly request: ReadRequest }[],
) => Promise<readonly LateVerdict[]>;

type LateVerdict = 'taken' | 'rejected' | 'duplicate' | 'conflict' | 'refused' | 'unserved';

const KIND_OF: Readonly<Record<LateVerdict, RequestKind>> = {
  taken: 'taken',
  rejected: 'rejected',
  duplicate: 'equal',
  conflict: 'conflictNotKept',
  refused: 'refused',
  unserved: 'missing',
};

export interface RequestReplay {
  readonly bus: Bus;
  readonly store: ReplayStore;
  readonly intake: IntakeStore;
  readonly cluster: string;
  readonly groupId: string;
  readonly topic: string;
  readonly payloadBytesMax: number;
  readonly span: Span;
  readonly filter: Pick<EventFilter, 'provider' | 'account' | 'payment' | 'refund'>;
  /** Null: missing ones are only listed. */
  readonly ingest: IngestLate | null;
  readonly samplesMax: number;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

export interface RequestReplayReport {
  readonly topic: string;
  readonly records: number;
  readonly counts: Readonly<Record<RequestKind, number>>;
  readonly findings: Readonly<Partial<Record<RequestKind, readonly RequestFinding[]>>>;
  readonly gone: TopicPart['gone'];
}

interface Read {
  readonly record: BusRecord;
  readonly request: ReadRequest | null;
  readonly code: string | null;
}

/** Reads the requests again and compares each with what the store knows of it. Nothing is changed unless `ingest` is given. */
export async function replayRequests(replay: RequestReplay): Promise<RequestReplayReport> {
  const { bus, topic, span, signal } = replay;
  const part = await partOf(bus, topic, span);
  const total = sizeOf(part.ranges);
  const samples = new Samples<RequestKind, RequestFinding>(KINDS, replay.samplesMax);
  const positions = await positionsOf(replay);
  let records = 0;
  let done = 0;
  for await (const batch of bus.scan(topic, part.ranges, signal)) {
    const read = batch.records.map((record) => readOne(record, replay)).filter((one) => one !== null);
    records += read.length;
    await compare(replay, batch, read, positions.get(batch.partition) ?? 0, samples);
    done += batch.next - batch.from;
    replay.onProgress(done, total);
  }
  return { topic, records, counts: samples.counts, findings: samples.items, gone: part.gone };
}

/** What was taken in late is no difference any more; of what the topic does not hold any more nobody can tell. */
export function requestsDiffer({ counts }: RequestReplayReport): boolean {
  const { missing, conflictNotKept, unreadableNotKept, refused } = counts;
  return missing + conflictNotKept + unreadableNotKept + refused > 0;
}

async function positionsOf({ intake, groupId, cluster, topic }: RequestReplay): Promise<Map<number, number>> {
  const stored = await intake.positions(groupId, cluster);
  return new Map(stored.filter((one) => one.topic === topic).map(({ partition, next }) => [partition, next]));
}

/** Null: not one of those that the replay is about. Of one that cannot be read nobody knows. */
function readOne(record: BusRecord, { payloadBytesMax, filter }: RequestReplay): Read | null {
  const incoming = readRequest(record, { payloadBytesMax });
  if (incoming.kind === 'deadLetter') return { record, request: null, code: incoming.code };
  const { request } = incoming;
  const { provider, account, payment, refund } = filter;
  const isWanted =
    (provider === undefined || request.provider === provider) &&
    (account === undefined || (request.account ?? 'default') === account) &&
    (payment === undefined || request.paymentId === payment) &&
    (refund === undefined || request.refundId === refund);
  return isWanted ? { record, request, code: null } : null;
}

async function compare(
  replay: RequestReplay,
  batch: BusBatch,
  read: readonly Read[],
  position: number,
  samples: Samples<RequestKind, RequestFinding>,
): Promise<void> {
  if (read.length === 0) return;
  const { groupId, cluster, topic, store } = replay;
  const { partition } = batch;
  const found = await store.findRequests(
    { groupId, cluster, topic, partition },
    read.map(({ record, request }) => ({
      refundId: request?.refundId ?? null,
      fingerprint: request?.fingerprint ?? null,
      offset: record.offset,
    })),
  );
  const late = new Map<string, { readonly record: BusRecord; readonly request: ReadRequest }>();
  for (const [index, one] of read.entries()) {
    const kind = kindOf(one, found[index], position);
    const { record, request } = one;
    const reason = one.code ?? found[index]?.deadLetter ?? null;
    const finding = { partition, offset: record.offset, refundId: request?.refundId ?? null, reason };
    if (kind !== 'missing' || replay.ingest === null || request === null) samples.add(kind, finding);
    else {
      const first = late.get(request.refundId);
      if (first === undefined) late.set(request.refundId, { record, request });
      else if (first.request.fingerprint.equals(request.fingerprint)) samples.add('equal', finding);
      else samples.add('conflictNotKept', finding);
    }
  }
  if (late.size > 0) await ingest(replay, partition, [...late.values()], samples);
}

function kindOf({ request, record }: Read, found: FoundRequest | undefined, position: number): RequestKind {
  if (found?.equal === true) return 'equal';
  const isKept = found?.deadLetter != null;
  // What intake will make of it is not known before it comes there.
  if (!isKept && record.offset >= position) return 'waiting';
  if (request === null) return isKept ? 'unreadable' : 'unreadableNotKept';
  if (found?.equal === false) return isKept ? 'conflict' : 'conflictNotKept';
  return isKept ? 'unreadable' : 'missing';
}

async function ingest(
  { ingest: take, topic }: RequestReplay,
  partition: number,
  late: readonly { readonly record: BusRecord; readonly request: ReadRequest }[],
  samples: Samples<RequestKind, RequestFinding>,
): Promise<void> {
  if (take === null) return;
  const verdicts = await take({ topic, partition }, late);
  for (const [index, { record, request }] of late.entries()) {
    const verdict = verdicts[index] ?? 'refused';
    samples.add(KIND_OF[verdict], {
      partition,
      offset: record.offset,
      refundId: request.refundId,
      reason: verdict,
    });
  }
}
