import type { StoredSeal } from '#libs/store';
import type { Report } from './fault.ts';
import type { SealReads } from './seal-check.ts';

/** A seal as it was published. */
export interface PublishedSeal {
  readonly seal: number;
  readonly hash: string;
}

/** Reads the value of a record on the topic of the seals; null when it is none. */
export function publishedSeal(value: Buffer | null): PublishedSeal | null {
  try {
    const event = JSON.parse(value?.toString('utf8') ?? '') as Readonly<Record<string, unknown>>;
    const { seal, hash } = event;
    const isSeal = typeof seal === 'number' && Number.isSafeInteger(seal) && typeof hash === 'string';
    return isSeal ? { seal, hash } : null;
  } catch {
    return null;
  }
}

/**
 * Compares published seals, which nobody can change any more, with those in the database: one that is missing or another there shows that the journal
 * was cut off or rewritten together with its seals, or that the database was restored from an older backup. Published seals come in their order, some
 * of them repeated; only the gaps between them are remembered.
 */
export class PublishedCheck {
  seals = 0;
  private next = 1;
  private readonly gaps = new Set<number>();

  constructor(
    private readonly store: SealReads,
    private readonly report: Report,
  ) {}

  async add(published: readonly PublishedSeal[]): Promise<void> {
    const stored = new Map<number, StoredSeal>();
    const numbers = [...new Set(published.map(({ seal }) => seal))];
    for (const seal of await this.store.named(numbers)) stored.set(seal.seal, seal);
    for (const one of published) {
      this.seals += 1;
      this.note(one.seal);
      const ours = stored.get(one.seal);
      if (ours === undefined) {
        const text =
          'it was published and is not in the database: the journal was cut off there, or the database restored from an older backup';
        this.report({ code: 'SEAL_MISSING', seal: one.seal, text });
      } else if (ours.hash.toString('hex') !== one.hash) {
        const text =
          'it is not what was published: the journal was rewritten, or went on after an older backup was restored';
        this.report({ code: 'SEAL_CHANGED', seal: one.seal, text });
      }
    }
  }

  /** Seals that the database calls published, and the bus does not have. */
  async finish(): Promise<void> {
    for await (const page of this.store.seals())
      for (const { seal, published } of page)
        if (published && (this.gaps.has(seal) || seal >= this.next)) {
          const text = 'the database says that it was published, and the topic does not have it';
          this.report({ code: 'SEAL_UNPUBLISHED', seal, text });
        }
  }

  private note(seal: number): void {
    for (; this.next < seal && this.gaps.size < GAPS_MAX; this.next += 1) this.gaps.add(this.next);
    this.gaps.delete(seal);
    this.next = Math.max(this.next, seal + 1);
  }
}

/** More gaps than this are not told apart. Higher costs memory where the topic has lost its beginning. */
const GAPS_MAX = 1_000_000;
