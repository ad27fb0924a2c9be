import { RecordTooLarge, type OutgoingMessage } from '#libs/bus';
import { deadLetterMessage, decodeHeaders, type DeadLetterCode } from '#libs/contracts';
import type { KeptDeadLetter, RelayStore } from '#libs/store';

const BATCH = 100;

/** Publishes kept dead letters, oldest first, and marks them. Answers how many were published. */
export async function publishDeadLetters(
  store: RelayStore,
  topic: string,
  send: (messages: readonly OutgoingMessage[]) => Promise<void>,
): Promise<number> {
  const kept = await store.deadLetters(BATCH);
  if (kept.length === 0) return 0;
  try {
    await send(kept.map((letter) => messageOf(letter, topic)));
  } catch (error) {
    if (!(error instanceof RecordTooLarge)) throw error;
    for (const letter of kept) await sendOne(letter, topic, send);
  }
  await store.deadLettersPublished(kept.map((letter) => letter.deadLetterNo));
  return kept.length;
}

/** One that does not fit even its own topic goes without its value, and says where the value is. */
async function sendOne(
  letter: KeptDeadLetter,
  topic: string,
  send: (messages: readonly OutgoingMessage[]) => Promise<void>,
): Promise<void> {
  try {
    await send([messageOf(letter, topic)]);
  } catch (error) {
    if (!(error instanceof RecordTooLarge)) throw error;
    const message = `${letter.message}; the value is too large for this topic and is kept in the store as dead letter ${letter.deadLetterNo}`;
    await send([messageOf({ ...letter, message, value: null }, topic)]);
  }
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
