import type { DeadLetterCode } from '../codes.ts';
import type { IncomingRecord } from '../request/incoming.ts';
import { clip } from '../rules.ts';
import { header, type OutgoingRecord } from './outgoing.ts';

const MESSAGE_CHARACTERS_MAX = 1024;

/** A record with the place it was read from. */
export interface PlacedRecord extends IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * The record as it goes to the dead-letter topic: original key, value and headers, then ours, all beginning with `dlq-`.
 * Such headers of an earlier burial are dropped, so that a message that was redriven and failed again tells only of the last time.
 */
export function deadLetterMessage(
  record: PlacedRecord,
  reason: { readonly code: DeadLetterCode; readonly message: string },
  groupId: string,
  dlqTopic: string,
): OutgoingRecord {
  return {
    topic: dlqTopic,
    key: record.key,
    value: record.value,
    headers: [
      ...record.headers.filter(({ name }) => !name.startsWith('dlq-')),
      header('dlq-reason', reason.code),
      header('dlq-message', clip(reason.message, MESSAGE_CHARACTERS_MAX)),
      header('dlq-topic', record.topic),
      header('dlq-partition', String(record.partition)),
      header('dlq-offset', String(record.offset)),
      header('dlq-timestamp', String(record.timestampMs)),
      header('dlq-group', groupId),
    ],
  };
}
