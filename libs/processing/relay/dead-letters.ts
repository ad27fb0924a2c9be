import { RecordTooLarge, WriterAbandoned, type Bus, type BusWriter, type OutgoingMessage } from '#libs/bus';
import { deadLetterMessage, decodeHeaders, encodeHeaders, type DeadLetterCode } from '#libs/contracts';
import type { KeptDeadLetter, RelayStore } from '#libs/store';
import { Pause } from '../pause.ts';
import type { Watch } from '../watch.ts';

/** Letters in one send. */
const BATCH_MAX = 100;
/** Bytes of letters in one send; a larger one goes alone. More would not be acknowledged in time on a slow link, and begin anew each time. */
const BYTES_MAX = 1_048_576;
/** They are rare: looked for at most this often. */
const POLL_MS = 100;
/** After a failure, and after each further one twice as long: nothing else waits meanwhile, and the log says it each time. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;

const NO_HEADERS = encodeHeaders([]);

type Part = 'value' | 'headers' | 'key';

/** What a letter that does not fit its own topic leaves out, one after the other. The store keeps all of it. */
const LEFT_OUT: readonly (readonly Part[])[] = [
  [],
  ['value'],
  ['value', 'headers'],
  ['value', 'headers', 'key'],
];

export interface DeadLettersOptions {
  readonly topic: string;
  readonly sendTimeoutMs: number;
  /** Asked before each round: one process publishes them at a time. */
  readonly isOurs: () => boolean;
}

/**
 * Publishes kept dead letters, oldest first, and marks them; at least once, as events. A loop and a writer of its own: whatever keeps a letter from
 * its topic keeps no event waiting.
 */
export class DeadLetters {
  private writer: BusWriter | null = null;
  private running: Promise<void> | null = null;
  private readonly pause = new Pause();
  private failures = 0;
  /** Letters in the next send: one after a failure, so that a slow link still takes one after the other. */
  private batch = BATCH_MAX;

  constructor(
    private readonly store: RelayStore,
    private readonly bus: Bus,
    private readonly options: DeadLettersOptions,
    private readonly watch: Watch,
  ) {}

  start(): void {
    this.running ??= this.loop();
  }

  /** Publishes what is left, closes the writer. */
  async stop(): Promise<void> {
    this.pause.end();
    await this.running;
    await this.writer?.close();
  }

  private async loop(): Promise<void> {
    for (;;) {
      const isLast = this.pause.ended;
      try {
        if (this.options.isOurs() && (await this.publishOnce()) > 0) continue;
      } catch (error) {
        this.failed(error);
      }
      if (isLast) return;
      await this.pause.wait(this.failures === 0 ? POLL_MS : retryMs(this.failures));
    }
  }

  /** Answers how many were published. */
  private async publishOnce(): Promise<number> {
    const kept = await this.store.deadLetters(this.batch, BYTES_MAX);
    if (kept.length > 0) await this.publish(kept);
    this.failures = 0;
    this.batch = Math.min(BATCH_MAX, this.batch * 2);
    return kept.length;
  }

  private async publish(kept: readonly KeptDeadLetter[]): Promise<void> {
    try {
      await this.send(kept.map((letter) => messageOf(letter, this.options.topic)));
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
      for (const letter of kept) {
        await this.sendOne(letter);
        await this.store.deadLettersPublished([letter.deadLetterNo]);
      }
      return;
    }
    await this.store.deadLettersPublished(kept.map((letter) => letter.deadLetterNo));
  }

  /** One that does not fit even its own topic goes without what is too large, and says where that is. */
  private async sendOne(letter: KeptDeadLetter): Promise<void> {
    for (const parts of LEFT_OUT)
      try {
        await this.send([messageOf(without(letter, parts), this.options.topic)]);
        return;
      } catch (error) {
        if (!(error instanceof RecordTooLarge)) throw error;
      }
    // It must not keep those behind it waiting.
    this.watch.log('error', 'a dead letter fits its topic in no form; it is in the store alone', {
      deadLetterNo: letter.deadLetterNo,
    });
  }

  private async send(messages: readonly OutgoingMessage[]): Promise<void> {
    this.writer ??= await this.bus.writer();
    await this.writer.send(messages, AbortSignal.timeout(this.options.sendTimeoutMs));
  }

  private failed(error: unknown): void {
    // What it still has on the way may arrive late, as a second copy.
    if (error instanceof WriterAbandoned) this.writer = null;
    this.failures += 1;
    this.batch = 1;
    this.watch.log('error', 'publishing dead letters failed; they stay and are sent again', {
      error: String(error),
    });
  }
}

function retryMs(failures: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (failures - 1));
}

function without(letter: KeptDeadLetter, parts: readonly Part[]): KeptDeadLetter {
  if (parts.length === 0) return letter;
  return {
    ...letter,
    // First, because a long message is clipped at its end.
    message: `too large for this topic: ${parts.join(', ')} left out, kept in the store as dead letter ${letter.deadLetterNo}; ${letter.message}`,
    value: null,
    headers: parts.includes('headers') ? NO_HEADERS : letter.headers,
    key: parts.includes('key') ? null : letter.key,
  };
}

function messageOf(letter: KeptDeadLetter, topic: string): OutgoingMessage {
  const { key, value, partition, offset } = letter;
  const record = {
    key,
    value,
    headers: decodeHeaders(letter.headers),
    topic: letter.topic,
    partition,
    offset,
    timestampMs: letter.recordAtMs,
  };
  return deadLetterMessage(
    record,
    { code: letter.code as DeadLetterCode, message: letter.message },
    letter.groupId,
    topic,
  );
}
