import { RecordTooLarge, type BusWriter, type OutgoingMessage } from '#libs/bus';
import { decodeHeaders, type DeadLetterCode } from '#libs/contracts';
import type { DeadLetterStatus, DeadLetterStore, KeptLetter } from '#libs/store';

/** Where requests are read now. */
export interface RequestTopic {
  readonly cluster: string;
  readonly topic: string;
}

/** Why a letter is not sent back. `withheld` cannot be overcome, the others can. */
export type RedriveRefusal = 'closed' | 'conflict' | 'elsewhere' | 'withheld' | 'tooLarge' | 'absent';

export type Redriven =
  | { readonly deadLetterNo: string; readonly kind: 'redriven' }
  | { readonly deadLetterNo: string; readonly kind: 'wouldRedrive' }
  | { readonly deadLetterNo: string; readonly kind: 'refused'; readonly because: RedriveRefusal };

const CONFLICT: DeadLetterCode = 'CONFLICTING_DUPLICATE';
const VALUE_MISSING: DeadLetterCode = 'VALUE_MISSING';

/**
 * What speaks against sending a letter back; null when nothing does.
 * `closed`: somebody has redriven or discarded it. `conflict`: its refundId is taken by other content for ever, so it would only come back.
 * `elsewhere`: it was read from another topic or cluster than requests are read from now, and nobody might read it there.
 * `withheld`: its value held what looks like a card number and was never kept.
 */
export function redriveRefusal(
  letter: {
    readonly status: DeadLetterStatus;
    readonly code: string;
    readonly cluster: string;
    readonly topic: string;
    readonly valueBytes: number | null;
  },
  read: RequestTopic,
  { force }: { readonly force: boolean },
): RedriveRefusal | null {
  if (letter.valueBytes === null && letter.code !== VALUE_MISSING) return 'withheld';
  if (force) return null;
  if (letter.status !== 'open') return 'closed';
  if (letter.code === CONFLICT) return 'conflict';
  return letter.topic === read.topic && letter.cluster === read.cluster ? null : 'elsewhere';
}

/** The original message: key, value and headers as they came, in their order, without the headers of a burial. */
export function originalOf(
  letter: Pick<KeptLetter, 'key' | 'value' | 'headers'>,
  topic: string,
): OutgoingMessage {
  return {
    topic,
    key: letter.key,
    value: letter.value,
    headers: decodeHeaders(letter.headers).filter(({ name }) => !name.startsWith('dlq-')),
  };
}

export interface RedriveOptions {
  readonly by: string;
  readonly operationNo: string | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly read: RequestTopic;
  readonly sendTimeoutMs: number;
}

/**
 * Sends letters back to the topic of requests, one after the other in the order given, and records each after its acknowledgement. Killed between
 * the two a letter stays open and is sent a second time by the next redrive: intake takes the same request once, so that does no harm.
 * Ends before the next letter when the signal aborts. @throws WriterAbandoned when the bus does not acknowledge in time; the letter stays open.
 */
export async function* redrive(
  store: DeadLetterStore,
  openWriter: () => Promise<BusWriter>,
  deadLetterNos: AsyncIterable<string> | Iterable<string>,
  options: RedriveOptions,
  signal: AbortSignal,
): AsyncGenerator<Redriven> {
  for await (const deadLetterNo of deadLetterNos) {
    if (signal.aborted) return;
    const answer = await store.withLetter(deadLetterNo, async (letter, act): Promise<Redriven> => {
      const because = redriveRefusal(letter, options.read, options);
      if (because !== null) return { deadLetterNo, kind: 'refused', because };
      if (options.dryRun) return { deadLetterNo, kind: 'wouldRedrive' };
      const message = originalOf(letter, options.read.topic);
      if (!(await isSent(await openWriter(), message, options.sendTimeoutMs)))
        return { deadLetterNo, kind: 'refused', because: 'tooLarge' };
      const { by, operationNo } = options;
      await act({ action: 'redriven', by, reason: null, operationNo });
      return { deadLetterNo, kind: 'redriven' };
    });
    yield answer ?? { deadLetterNo, kind: 'refused', because: 'absent' };
  }
}

async function isSent(writer: BusWriter, message: OutgoingMessage, timeoutMs: number): Promise<boolean> {
  try {
    await writer.send([message], AbortSignal.timeout(timeoutMs));
    return true;
  } catch (error) {
    if (error instanceof RecordTooLarge) return false;
    throw error;
  }
}
