import { BusError, RecordTooLarge, type OutgoingMessage } from '#libs/bus';
import { messagesOf } from '#libs/contracts';
import type { RelayStore, RepublishRow } from '#libs/store';
import type { Watch } from '../watch.ts';
import { storedEntry } from './stored-entry.ts';

/** Of one shard in one send: what is live goes in between. */
const PER_SHARD = 16;
/** Rare, like dead letters: looked for at most this often while there is nothing. */
const POLL_MS = 100;

/** What the relay lends for one round. */
export interface RepublishRound {
  readonly shards: readonly number[];
  /** Asked when nothing but the send is left to do. */
  owned(): ReadonlySet<number>;
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** A snapshot for the status topic is about to be sent. */
  note(shard: number, refundId: string, message: OutgoingMessage): void;
}

interface Draft {
  readonly row: RepublishRow;
  readonly message: OutgoingMessage | null;
}

/** Publishes events again that an operator asked for, in the order they were asked for per shard, with the bytes, headers and key of the first time. */
export class Republishing {
  private lookedAtMs = -Infinity;

  constructor(
    private readonly store: RelayStore,
    private readonly topics: { readonly results: string; readonly status: string },
    private readonly watch: Watch,
  ) {}

  /** One round; answers how many were published. */
  async publish(round: RepublishRound): Promise<number> {
    const nowMs = performance.now();
    if (nowMs - this.lookedAtMs < POLL_MS) return 0;
    const taken = await this.store.takeAgain(round.shards, PER_SHARD);
    this.lookedAtMs = taken.length === 0 ? nowMs : -Infinity;
    const owned = round.owned();
    const drafts = taken.filter(({ shard }) => owned.has(shard)).map((row) => this.draft(row));
    if (drafts.length === 0) return 0;
    const published = await this.send(drafts, round);
    await this.store.removeAgain(published.map(({ row }) => row));
    return published.length;
  }

  private draft(row: RepublishRow): Draft {
    if (row.entry === null) return { row, message: null };
    const { results, status } = this.topics;
    const topics = { results: row.topic ?? results, status: row.topic ?? status };
    return { row, message: messagesOf(storedEntry(row.entry), topics)[0] ?? null };
  }

  /** A message that its topic does not take is left out for good; it must not keep the shard's others waiting. */
  private async send(drafts: readonly Draft[], round: RepublishRound): Promise<readonly Draft[]> {
    const sent = drafts.filter((draft) => draft.message !== null);
    for (const { row, message } of sent)
      if (message?.topic === this.topics.status && row.entry !== null)
        round.note(row.shard, row.entry.refundId, message);
    try {
      await round.send(sent.flatMap(({ message }) => message ?? []));
      return drafts;
    } catch (error) {
      const refused = refusedOf(sent, error);
      if (refused.length === 0) throw error;
      await this.store.refuseAgain(refused.map(({ row }) => row));
      this.watch.log('error', 'events that were to be published again are not taken by their topic', {
        topic: refused[0]?.message?.topic,
        events: refused.length,
        error: String(error),
      });
      return [];
    }
  }
}

/** Which of them can never be sent; nothing is known of the others. */
function refusedOf(sent: readonly Draft[], error: unknown): readonly Draft[] {
  if (error instanceof RecordTooLarge) return sent.slice(error.index, error.index + 1);
  // Which topic is missing the error does not say: the relay's own are there, so it is one that was asked for.
  const isMissing = error instanceof BusError && error.code === 'TOPIC_MISSING';
  return isMissing ? sent.filter(({ row }) => row.topic !== null) : [];
}
