import { WriterAbandoned, type Bus, type BusWriter } from '#libs/bus';
import { FIRST_PREVIOUS, hashOfSeal, sealMessage, SealRoot, type SealFacts } from '#libs/contracts';
import type { SealedPart, SealStore, StoredSeal } from '#libs/store';
import { Pause } from '../pause.ts';
import type { Watch } from '../watch.ts';
import { ClosedRange } from './closed-range.ts';

export interface SealerOptions {
  readonly owner: string;
  readonly topic: string;
  /** Pause between two seals. */
  readonly everyMs: number;
  /** Numbers of entries in one seal. */
  readonly entriesMax: number;
  /** How long the sealing stays ours without a new round. */
  readonly leaseMs: number;
  readonly sendTimeoutMs: number;
}

/** Seals in one send. */
const PUBLISH_MAX = 100;

/**
 * Seals the journal in the background: one process at a time, beside the writers and without a lock that they would meet. Each seal covers a range of
 * numbers in which no row can appear any more, and is published after it was stored; a crash in between publishes it again.
 */
export class Sealer {
  private readonly closed: ClosedRange;
  private writer: BusWriter | null = null;
  private running: Promise<void> | null = null;
  private readonly pause = new Pause();

  constructor(
    private readonly store: SealStore,
    private readonly bus: Bus,
    private readonly options: SealerOptions,
    private readonly watch: Watch,
  ) {
    this.closed = new ClosedRange(store, watch);
  }

  start(): void {
    this.running ??= this.loop();
  }

  /** Seals what is closed by now, lets the sealing go, closes the writer. */
  async stop(): Promise<void> {
    this.pause.end();
    await this.running;
    await this.store.release(this.options.owner).catch((error: unknown) => {
      this.watch.log('warn', 'the sealing was not released; it runs out with its lease', {
        error: String(error),
      });
    });
    await this.writer?.close();
  }

  private async loop(): Promise<void> {
    for (;;) {
      const isLast = this.pause.ended;
      try {
        if (await this.owns()) await this.round();
      } catch (error) {
        // Any other error leaves the writer as good as it was; the bus would keep one more for each that is dropped without being closed.
        if (error instanceof WriterAbandoned) this.writer = null;
        this.watch.log('error', 'sealing the journal failed; it is tried again', { error: String(error) });
      }
      if (isLast) return;
      await this.pause.wait(this.options.everyMs);
    }
  }

  private async round(): Promise<void> {
    const upTo = await this.closed.upTo(async () => {
      await this.pause.wait(CLOSING_PAUSE_MS);
    });
    if (upTo !== null && (await this.sealUpTo(upTo))) this.closed.sealed(upTo);
    await this.publish();
  }

  /** False where it ended early: the sealing, or the next number, is another's meanwhile. */
  private async sealUpTo(upTo: number): Promise<boolean> {
    let last = await this.store.lastSeal();
    if (last === null) {
      const old = await this.oldPart();
      const first = old === null ? null : sealOf(null, { firstEntry: 0, lastEntry: 0 }, old);
      if (first !== null && !(await this.store.add(first))) return false;
      last = first;
    }
    if (last !== null && last.lastEntry > upTo) {
      this.watch.log(
        'error',
        'the numbers of journal rows were set back below what is sealed; nothing is sealed until the sequence journal_entry_no is above it',
        { sealed: last.lastEntry, next: upTo },
      );
      return false;
    }
    for (;;) {
      const after: number = last?.lastEntry ?? 0;
      const lastEntry = await this.endOfNext(after, upTo);
      if (lastEntry === null) return true;
      const range = { firstEntry: last === null ? 0 : after + 1, lastEntry };
      const part = await this.store.rootOf(after, lastEntry);
      if (part.entries === 0) return true;
      if (!(await this.owns())) return false;
      const seal = sealOf(last, range, part);
      if (!(await this.store.add(seal))) return false;
      last = seal;
    }
  }

  /** The last number of the next seal; null: no row is left. Only where more numbers are left than a seal may cover it is asked which have a row: that is dear. */
  private async endOfNext(after: number, upTo: number): Promise<number | null> {
    const { entriesMax } = this.options;
    if (upTo - after <= entriesMax) return upTo > after ? upTo : null;
    const next = await this.store.nextEntry(after, upTo);
    return next === null ? null : Math.min(next + entriesMax - 1, upTo);
  }

  /** The rows from before rows were numbered, however many. Null when there is none, or when the sealing was lost on the way. */
  private async oldPart(): Promise<SealedPart | null> {
    const root = new SealRoot();
    for await (const page of this.store.oldRows()) {
      for (const row of page) root.add(row);
      if (!(await this.owns())) return null;
    }
    return root.entries === 0 ? null : { entries: root.entries, refunds: root.refunds, root: root.root() };
  }

  private async publish(): Promise<void> {
    for (;;) {
      const seals = await this.store.unpublished(PUBLISH_MAX);
      if (seals.length === 0) return;
      this.writer ??= await this.bus.writer();
      const messages = seals.map((seal) => sealMessage(seal, this.options.topic));
      await this.writer.send(messages, AbortSignal.timeout(this.options.sendTimeoutMs));
      await this.store.markPublished(seals);
      if (seals.length < PUBLISH_MAX) return;
    }
  }

  private async owns(): Promise<boolean> {
    return await this.store.lease(this.options.owner, this.options.leaseMs);
  }
}

/** Between two looks at the transactions that keep a range open: most of them take a few milliseconds. */
const CLOSING_PAUSE_MS = 20;

function sealOf(
  before: StoredSeal | null,
  range: Pick<SealFacts, 'firstEntry' | 'lastEntry'>,
  part: SealedPart,
): StoredSeal {
  const facts: SealFacts = {
    seal: (before?.seal ?? 0) + 1,
    ...range,
    ...part,
    previous: before?.hash ?? FIRST_PREVIOUS,
    sealedAtMs: Date.now(),
  };
  return { ...facts, hash: hashOfSeal(facts), published: false };
}
