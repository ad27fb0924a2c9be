import { setTimeout as pause } from 'node:timers/promises';
import type { BusLog } from '../log.ts';
import { partitionKey, type ReaderOptions } from '../port.ts';
import { isOtherLog, positionReports, resumePoint, type KnownOffsets } from '../resume-point.ts';
import { Bell } from './bell.ts';
import type { Seat } from './fair-share.ts';
import type { Membership } from './membership.ts';
import { OwnedPartition } from './owned-partition.ts';
import type { ReadFrom } from './record-source.ts';
import type { Topic } from './topics.ts';

const BEATS_PER_LEASE = 6;
const BEAT_MS_MAX = 1_000;
/** Between beats while another member still has to give partitions back. */
const AWAITING_MS = 50;
const RETRY_MS = 300;
const JOIN_TRIES = 5;

export interface OwnershipParts {
  readonly membership: Membership;
  readonly readEnds: () => Promise<readonly { topicNo: number; partition: number; next: number }[]>;
  /** The time of the record at an offset; null when there is none. */
  readonly readTime: (at: ReadFrom) => Promise<number | null>;
  readonly topics: readonly Topic[];
  readonly options: ReaderOptions;
  readonly leaseMs: number;
  readonly log: BusLog;
  readonly onHeard: () => void;
  /** Called when partitions came, went or were placed. */
  readonly onChange: () => void;
}

/** The partitions a member owns: takes them, places them, gives them back, and drops them when the lease is over. */
export class Ownership {
  partitions: OwnedPartition[] = [];
  private isStopped = false;
  private hasJoined = false;
  private awaited = 0;
  private lastBeatMs = performance.now();
  private readonly bell = new Bell();

  constructor(private readonly parts: OwnershipParts) {}

  get isReady(): boolean {
    return this.hasJoined && this.partitions.every(({ isPlaced }) => isPlaced);
  }

  get inHand(): Promise<void>[] {
    return this.partitions.flatMap(({ inHand }) => inHand ?? []);
  }

  /** A partition that has its turn lets the others go first next time. */
  toTheEnd(partition: OwnedPartition): void {
    this.partitions = [...this.partitions.filter((other) => other !== partition), partition];
  }

  /** A process that stands still in the first beat longer than a session may idle has it cut; that is no reason to give up. */
  async join(): Promise<void> {
    for (let triesLeft = JOIN_TRIES - 1; ; triesLeft -= 1)
      try {
        await this.beat();
        break;
      } catch (error) {
        if (triesLeft === 0 || this.isStopped) throw error;
        this.parts.log('warn', 'could not join, trying again', { error: String(error) });
        await pause(RETRY_MS);
      }
  }

  /** Beats until it is stopped. */
  async keep(): Promise<void> {
    const beatMs = Math.min(this.parts.leaseMs / BEATS_PER_LEASE, BEAT_MS_MAX);
    while (!this.isStopped) {
      await this.bell.wait(this.awaited > 0 ? AWAITING_MS : beatMs);
      if (this.isStopped) return;
      try {
        await this.beat();
      } catch (error) {
        this.parts.log('warn', 'the lease was not renewed, trying again', { error: String(error) });
        if (performance.now() - this.lastBeatMs > this.parts.leaseMs) this.dropAll();
        await pause(Math.min(RETRY_MS, beatMs));
      }
    }
  }

  /** Commits; a partition that is not ours any more is dropped, what was stored for it stays the caller's to judge. */
  async advance(partition: OwnedPartition, next: number): Promise<void> {
    partition.place(next, next);
    try {
      if (await this.parts.membership.commit(partition.seat, next)) {
        this.parts.options.onCommitted?.({ topic: partition.topic, partition: partition.partition }, next);
        return;
      }
      partition.lose();
      this.bell.ring();
    } catch (error) {
      this.parts.log('warn', 'the offset was not committed', {
        partition: partitionKey(partition),
        next,
        error: String(error),
      });
    }
  }

  /** Loads the position again. */
  replace(partition: OwnedPartition): void {
    partition.isPlaced = false;
    void this.placeAll([partition]);
  }

  batchEnded(partition: OwnedPartition): void {
    if (partition.isLeaving) void this.giveBack(partition);
  }

  /** Tells the batches in hand and resolves when they have ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.bell.ring();
    for (const partition of this.partitions) partition.lose();
    await Promise.allSettled(this.inHand);
  }

  async leave(): Promise<void> {
    await this.parts.membership.leave();
  }

  private async beat(): Promise<void> {
    const sentMs = performance.now();
    const { own, giveBack, awaited } = await this.parts.membership.beat();
    this.lastBeatMs = sentMs;
    this.awaited = awaited;
    this.parts.onHeard();
    if (this.isStopped) return;
    this.own(own);
    for (const seat of giveBack) this.let(seat);
    // With a partition of its own or not: after a lease that was over another member may have all there are.
    if (this.hasJoined) return;
    this.hasJoined = true;
    this.parts.onChange();
  }

  private own(seats: readonly Seat[]): void {
    const kept = this.partitions.filter(
      (partition) => !partition.isLost && seats.some((seat) => isSame(seat, partition.seat)),
    );
    for (const partition of this.partitions) if (!kept.includes(partition)) partition.lose();
    const added = seats
      .filter((seat) => !kept.some((partition) => isSame(seat, partition.seat)))
      .flatMap((seat) => {
        const topic = this.parts.topics.find(({ topicNo }) => topicNo === seat.topicNo);
        return topic === undefined ? [] : [new OwnedPartition(topic.name, seat)];
      });
    this.partitions = [...kept, ...added];
    if (added.length > 0) void this.placeAll(added);
  }

  private let(seat: Seat): void {
    const partition = this.partitions.find((own) => isSame(seat, own.seat));
    if (partition === undefined || partition.isLeaving) return;
    partition.isLeaving = true;
    if (partition.inHand === null) void this.giveBack(partition);
  }

  private async giveBack(partition: OwnedPartition): Promise<void> {
    try {
      await this.parts.membership.giveBack(partition.seat);
      partition.lose();
      this.partitions = this.partitions.filter((other) => other !== partition);
      this.parts.onChange();
    } catch (error) {
      // The next beat says again that it is to go.
      partition.isLeaving = false;
      this.parts.log('warn', 'a partition was not given back, trying again', { error: String(error) });
    }
  }

  private dropAll(): void {
    for (const partition of this.partitions) partition.lose();
    this.partitions = [];
    this.hasJoined = false;
  }

  private async placeAll(partitions: readonly OwnedPartition[]): Promise<void> {
    for (;;) {
      const open = partitions.filter((partition) => !partition.isLost && !partition.isPlaced);
      if (open.length === 0 || this.isStopped) break;
      try {
        const known = await this.load(open);
        for (const partition of open) this.placeOne(partition, known.get(partitionKey(partition)));
      } catch (error) {
        this.parts.log('warn', 'cannot load positions, trying again', { error: String(error) });
        await pause(RETRY_MS, undefined, { ref: false });
      }
    }
    this.parts.onChange();
  }

  private placeOne(partition: OwnedPartition, known: KnownOffsets | undefined): void {
    if (known === undefined || partition.isLost) return;
    const point = resumePoint(known);
    for (const report of positionReports(partition, known, point)) {
      this.parts.log(report.kind === 'rowsLost' ? 'error' : 'warn', 'positions of store and bus do not fit', {
        ...report,
      });
      this.parts.options.onReport?.(report);
    }
    partition.place(point.at, point.from);
  }

  /** Our own positions come last: read first, a late commit of the former owner would look like rows lost. */
  private async load(partitions: readonly OwnedPartition[]): Promise<ReadonlyMap<string, KnownOffsets>> {
    const committed = await this.parts.membership.committed();
    const ends = await this.parts.readEnds();
    const stored = await this.parts.options.positions?.load(
      partitions.map(({ topic, partition }) => ({ topic, partition })),
    );
    return new Map(
      await Promise.all(
        partitions.map(async (at): Promise<[string, KnownOffsets]> => {
          const { topicNo, partition } = at;
          const isIt = (row: { topicNo: number; partition: number }): boolean =>
            row.topicNo === topicNo && row.partition === partition;
          const inGroup = committed.find(isIt)?.committed ?? null;
          const position = stored?.get(partitionKey(at));
          const ours = stored === undefined ? inGroup : (position?.next ?? null);
          const range = { low: 0, high: ends.find(isIt)?.next ?? 0 };
          const isOther = await isOtherLog(
            position,
            range,
            async (offset) => await this.parts.readTime({ topicNo, partition, at: offset }),
          );
          return [partitionKey(at), { stored: ours, committed: inGroup, ...range, isOtherLog: isOther }];
        }),
      ),
    );
  }
}

function isSame(a: Seat, b: Seat): boolean {
  return a.topicNo === b.topicNo && a.partition === b.partition && a.epoch === b.epoch;
}
