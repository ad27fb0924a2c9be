import type { EventFilter, ReplayStore, RepublishKind } from '#libs/store';
import { drained, WAITING_MAX } from './drain.ts';

export interface PublishReplay {
  readonly store: ReplayStore;
  readonly kind: RepublishKind;
  /** Null: the topic of their kind. */
  readonly topic: string | null;
  readonly filter: EventFilter;
  readonly dryRun: boolean;
  readonly operationNo: string;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
  /** How long nothing may go out before it gives up. */
  readonly stillMsMax?: number;
}

export interface PublishReplayReport {
  readonly kind: RepublishKind;
  /** Events that the journal has of what was asked for. */
  readonly events: number;
  readonly published: number;
  /** Too large for their topic, or it is not there. */
  readonly refused: number;
}

/**
 * Has events published again, byte-identical, in the order in which they happened per payment, by the relays that own their shards. Events that are
 * not out yet when it ends in another way than in order are taken back.
 */
export async function replayPublish(replay: PublishReplay): Promise<PublishReplayReport> {
  const { store, kind, dryRun, operationNo } = replay;
  const total = await countEvents(replay);
  if (dryRun) return { kind, events: total, published: 0, refused: 0 };
  try {
    const events = await queueAll(replay, total);
    const { refused } = await drained(store, operationNo, 0, replay.signal, replay.stillMsMax);
    replay.onProgress(events, Math.max(total, events));
    return { kind, events, published: events - refused, refused };
  } finally {
    await store.takeBack(operationNo);
  }
}

async function countEvents({ store, kind, filter, signal }: PublishReplay): Promise<number> {
  let total = 0;
  for (let after = '0'; ;) {
    signal.throwIfAborted();
    const step = await store.step(kind, filter, after, null);
    if (step === null) return total;
    total += step.events;
    after = step.payment;
  }
}

async function queueAll(replay: PublishReplay, total: number): Promise<number> {
  const { store, kind, filter, topic, operationNo, signal } = replay;
  let queued = 0;
  for (let after = '0'; ;) {
    const { waiting } = await drained(store, operationNo, WAITING_MAX, signal, replay.stillMsMax);
    replay.onProgress(queued - waiting, Math.max(total, queued));
    const step = await store.step(kind, filter, after, { topic, operationNo });
    if (step === null) return queued;
    queued += step.events;
    after = step.payment;
  }
}
