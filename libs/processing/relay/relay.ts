import { RecordTooLarge, WriterAbandoned, type Bus, type BusWriter, type OutgoingMessage } from '#libs/bus';
import { messagesOf } from '#libs/contracts';
import type { OutboxRow, RelayStore } from '#libs/store';
import { DueQueue } from '../due-queue.ts';
import type { Watch } from '../watch.ts';
import { DeadLetters } from './dead-letters.ts';
import { Republishing } from './republishing.ts';
import { ShardOwnership } from './shard-ownership.ts';
import { SnapshotRepair } from './snapshot-repair.ts';
import { storedEntry } from './stored-entry.ts';

export interface RelayOptions {
  readonly owner: string;
  readonly topics: { readonly results: string; readonly status: string; readonly deadLetters: string };
  readonly statusEvents: boolean;
  /** How long a shard is ours without renewal. */
  readonly leaseMs: number;
  /** A send must end within this; it starts only while more of the lease is left. */
  readonly sendTimeoutMs: number;
  readonly pollMs: number;
}

/** Entries of one shard in one send: bounds memory and the work repeated after a crash. */
const PER_SHARD = 64;
const ENTRIES_MAX = 500;
const ERROR_PAUSE_MS = 500;
/**
 * While entries keep coming, this long is left for more to gather, the longer the more there are: a round costs a statement, and a batch in each partition
 * that the broker and every reader take one by one, whatever it carries. Longer would be felt, shorter costs a tenth of what one machine can do.
 */
const GATHER_MS = { few: 3, many: 25 };
const MANY = 8;
/** The shard whose owner publishes the dead letters. */
const DEAD_LETTER_SHARD = 0;

/**
 * Publishes journal entries in journal order per shard and deletes them after the broker's acknowledgement, with its next look for more. At least once: a crash in between
 * sends the same bytes under the same id again. Only the owner of a shard publishes it.
 */
export class Relay {
  private readonly due: DueQueue;
  private readonly shards: ShardOwnership;
  private readonly repair: SnapshotRepair;
  private readonly again: Republishing;
  private readonly deadLetters: DeadLetters;
  private writer: BusWriter | null = null;
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Entries in the last round: the next ones come as close after each other. */
  private lastRound = 0;
  /** Refunds with an entry that the bus refuses for its size, and its sequence: from there on they wait for a person, the others go on. */
  private readonly blocked = new Map<string, number>();
  /** The most entries of one shard that wait so: as many more are taken, or they would fill every round. */
  private heldBackMax = 0;
  private firstShard = 0;
  /** Acknowledged by the broker, and deleted with the next look for entries. */
  private sent: readonly OutboxRow[] = [];

  constructor(
    private readonly store: RelayStore,
    private readonly bus: Bus,
    private readonly options: RelayOptions,
    private readonly watch: Watch,
  ) {
    this.due = new DueQueue(options.pollMs);
    this.shards = new ShardOwnership(store, options.owner, options.leaseMs, options.sendTimeoutMs, watch);
    this.repair = new SnapshotRepair(options.leaseMs);
    this.again = new Republishing(store, options.topics, watch);
    const isOurs = (): boolean => this.shards.owned(options.sendTimeoutMs).includes(DEAD_LETTER_SHARD);
    const { topics, sendTimeoutMs } = options;
    this.deadLetters = new DeadLetters(
      store,
      bus,
      { topic: topics.deadLetters, sendTimeoutMs, isOurs },
      watch,
    );
  }

  start(): void {
    this.shards.start();
    this.deadLetters.start();
    this.running ??= this.loop();
  }

  /** There may be entries now. */
  nudge(): void {
    this.due.nudgeIn(0);
  }

  /** Publishes what is left, lets the shards go, closes the writers. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.due.close();
    await Promise.all([this.running, this.deadLetters.stop()]);
    await this.shards.stop();
    await this.writer?.close();
  }

  private async loop(): Promise<void> {
    for (;;) {
      if (this.lastRound > 0) await pause(this.lastRound < MANY ? GATHER_MS.few : GATHER_MS.many);
      this.due.begin();
      try {
        if (await this.publishOnce()) continue;
        if (this.stopping) {
          await this.take([]);
          return;
        }
        if (this.sent.length > 0) continue;
      } catch (error) {
        await this.failed(error);
        if (this.stopping) return;
      }
      await this.due.wait();
    }
  }

  /** Takes and sends one round and deletes the one before; true when there is probably more. */
  private async publishOnce(): Promise<boolean> {
    const owned = this.shards.owned(this.options.sendTimeoutMs);
    if (owned.length === 0 && this.sent.length === 0) return false;
    this.noteOwnership();
    const sendable = this.inTurn(await this.take(owned));
    this.lastRound = sendable.length;
    if (sendable.length > 0) {
      await this.watch.step('relay.claimed');
      await this.publish(sendable);
    }
    await this.sendSnapshots();
    // Whoever asked for it goes on asking: it must not keep the relay from stopping.
    const again = this.stopping ? 0 : await this.publishAgain(owned);
    return sendable.length >= PER_SHARD || again > 0;
  }

  private async take(owned: readonly number[]): Promise<readonly OutboxRow[]> {
    if (owned.length === 0 && this.sent.length === 0) return [];
    const taken = await this.store.take(owned, PER_SHARD + this.heldBackMax, this.sent);
    if (this.sent.length > 0) {
      this.sent = [];
      await this.watch.step('relay.deleted');
    }
    return taken;
  }

  /** What may be sent of what was taken, from the shard on where the last round ended: busy shards do not keep the others waiting. */
  private inTurn(taken: readonly OutboxRow[]): OutboxRow[] {
    const heldBack = new Map<number, number>();
    const free = taken.filter((row) => {
      const isBlocked = row.sequence >= (this.blocked.get(row.refundId) ?? Infinity);
      if (isBlocked) heldBack.set(row.shard, (heldBack.get(row.shard) ?? 0) + 1);
      return !isBlocked;
    });
    this.heldBackMax = Math.max(0, ...heldBack.values());
    const behind = free.filter((row) => row.shard < this.firstShard);
    const round = [...free.filter((row) => row.shard >= this.firstShard), ...behind];
    this.firstShard = round[ENTRIES_MAX]?.shard ?? 0;
    return round.slice(0, ENTRIES_MAX);
  }

  /**
   * Since the entries were taken a database or the whole process may have stood still for longer than the lease: ownership is asked again when
   * nothing but the send itself is left to do. Another relay may have published them, and newer ones, meanwhile.
   */
  private async publish(taken: readonly OutboxRow[]): Promise<void> {
    const writer = await this.openWriter();
    const drafts = taken.map((row) => ({
      row,
      messages: messagesOf(
        storedEntry({ ...row, status: this.options.statusEvents ? row.status : null }),
        this.options.topics,
      ),
    }));
    await this.watch.step('relay.publishing');
    const owned = new Set(this.shards.owned(this.options.sendTimeoutMs));
    const ours = drafts.filter(({ row }) => owned.has(row.shard));
    if (ours.length === 0) return;
    const messages: OutgoingMessage[] = [];
    const rowOf: OutboxRow[] = [];
    for (const { row, messages: own } of ours)
      for (const message of own) {
        messages.push(message);
        rowOf.push(row);
        if (message.topic === this.options.topics.status) this.repair.note(row.shard, row.refundId, message);
      }
    try {
      await this.send(writer, messages);
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
      const row = rowOf[error.index];
      if (row === undefined) throw error;
      this.blocked.set(row.refundId, row.sequence);
      this.watch.log(
        'error',
        'an event is larger than its topic takes; its refund is not published any further',
        { refundId: row.refundId },
      );
      return;
    }
    await this.watch.step('relay.sent');
    this.sent = ours.map(({ row }) => row);
    this.watch.published(this.sent.length, Date.now() - (this.sent[0]?.occurredAtMs ?? Date.now()));
  }

  /** Ownership as for what is live: a shard's events are published by one relay at a time. */
  private async publishAgain(shards: readonly number[]): Promise<number> {
    return await this.again.publish({
      shards,
      owned: () => new Set(this.shards.owned(this.options.sendTimeoutMs)),
      send: async (messages) => {
        await this.send(await this.openWriter(), messages);
      },
      note: (shard, refundId, message) => {
        this.repair.note(shard, refundId, message);
      },
    });
  }

  private async sendSnapshots(): Promise<void> {
    const writer = await this.openWriter();
    this.noteOwnership();
    const { shards, messages } = this.repair.due(new Set(this.shards.owned(this.options.sendTimeoutMs)));
    if (messages.length > 0) await this.send(writer, messages);
    for (const shard of shards) this.repair.forget(shard);
  }

  private noteOwnership(): void {
    for (const shard of this.shards.lost()) this.repair.forget(shard);
    for (const shard of this.shards.takenOver()) this.repair.watchShard(shard);
  }

  private async openWriter(): Promise<BusWriter> {
    return (this.writer ??= await this.bus.writer());
  }

  private async send(writer: BusWriter, messages: readonly OutgoingMessage[]): Promise<void> {
    await writer.send(messages, AbortSignal.timeout(this.options.sendTimeoutMs));
  }

  private async failed(error: unknown): Promise<void> {
    // The database may be another one by now, with other entries under these numbers. They are sent again at worst.
    this.sent = [];
    if (error instanceof WriterAbandoned) {
      // What that writer still has on the way may arrive late; it is never used again, and snapshots follow what is sent next.
      this.writer = null;
      for (const shard of this.shards.owned(0)) this.repair.watchShard(shard);
    }
    this.watch.log('error', 'publishing failed; the entries stay and are sent again', {
      error: String(error),
    });
    await pause(ERROR_PAUSE_MS);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}
