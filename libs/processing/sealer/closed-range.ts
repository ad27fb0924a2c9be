import type { SealStore } from '#libs/store';
import type { Watch } from '../watch.ts';

/** Looks in one round; after that the range waits for the next one. */
const LOOKS = 5;
/** A transaction of ours that writes the journal takes milliseconds: one that is open for so long has hung, and keeps every later row unsealed. */
const WARN_AFTER_MS = 60_000;

/**
 * Up to which number the journal is closed: no row with such a number can appear any more. Numbers are given before commits, in any order, so the last
 * one is read first, and then every transaction that may have taken one is waited for. Nobody waits for us.
 */
export class ClosedRange {
  private open: {
    readonly upTo: number;
    readonly writers: readonly string[];
    readonly sinceMs: number;
  } | null = null;
  private sealedUpTo = 0;
  private warned = false;

  constructor(
    private readonly store: SealStore,
    private readonly watch: Watch,
  ) {}

  /** Null while nothing came after what is sealed, or while somebody is still writing. */
  async upTo(pause: () => Promise<void>): Promise<number | null> {
    this.open ??= await this.openRange();
    const { open } = this;
    if (open === null) return null;
    for (let look = 0; look < LOOKS; look += 1) {
      if (open.writers.length === 0 || (await this.store.stillWriting(open.writers)).length === 0) {
        this.open = null;
        this.warned = false;
        return open.upTo;
      }
      if (look < LOOKS - 1) await pause();
    }
    this.warnOf(open);
    return null;
  }

  /** Everything up to this number is sealed. */
  sealed(upTo: number): void {
    this.sealedUpTo = upTo;
  }

  private async openRange(): Promise<ClosedRange['open']> {
    const upTo = await this.store.lastEntry();
    if (upTo === this.sealedUpTo && upTo > 0) return null;
    return { upTo, writers: await this.store.writers(), sinceMs: performance.now() };
  }

  private warnOf({ sinceMs, writers }: NonNullable<ClosedRange['open']>): void {
    if (this.warned || performance.now() - sinceMs < WARN_AFTER_MS) return;
    this.warned = true;
    this.watch.log(
      'warn',
      'a transaction that writes the journal does not end; nothing is sealed until it does',
      {
        transactions: writers,
      },
    );
  }
}
