import type { TopicPartition } from '../port.ts';
import type { Seat } from './fair-share.ts';
import type { ReadFrom } from './record-source.ts';

/** One partition this member owns, from the beat that took it to the one that lost it. */
export class OwnedPartition implements ReadFrom, TopicPartition {
  readonly topicNo: number;
  readonly partition: number;
  /** The next offset to fetch; meaningful once placed. */
  at = 0;
  /** The position the store compares. */
  from = 0;
  isPlaced = false;
  isResting = false;
  isLeaving = false;
  /** The batch in hand; null between batches. */
  inHand: Promise<void> | null = null;
  private readonly control = new AbortController();

  constructor(
    readonly topic: string,
    readonly seat: Seat,
  ) {
    this.topicNo = seat.topicNo;
    this.partition = seat.partition;
  }

  get signal(): AbortSignal {
    return this.control.signal;
  }

  get isLost(): boolean {
    return this.control.signal.aborted;
  }

  get isReadable(): boolean {
    return this.isPlaced && !this.isResting && !this.isLeaving && !this.isLost && this.inHand === null;
  }

  place(at: number, from: number): void {
    this.at = at;
    this.from = from;
    this.isPlaced = true;
  }

  /** The batch in hand is told; its result no longer counts. */
  lose(): void {
    this.control.abort();
  }
}
