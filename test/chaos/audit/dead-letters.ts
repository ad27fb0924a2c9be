import type { BusRecord } from '#libs/bus';
import { RUN_HEADER, toOutgoing } from '#libs/scenario';
import { headerOf } from '../topic-dump.ts';
import { MESSAGE_HEADER, type Traffic } from '../traffic.ts';

/**
 * Each message that cannot be handled is on the dead-letter topic with its reason and its original bytes, once for each time it was sent at most,
 * and no other message is.
 */
export function checkDeadLetters(
  { plan, numbered, paymentIds }: Pick<Traffic, 'plan' | 'numbered' | 'paymentIds'>,
  records: readonly BusRecord[],
): readonly string[] {
  const wrong: string[] = [];
  const found = new Set<number>();
  for (const record of records) {
    if (headerOf(record, RUN_HEADER) !== plan.runId) continue;
    const index = Number(headerOf(record, MESSAGE_HEADER));
    const message = numbered[index];
    const reason = headerOf(record, 'dlq-reason');
    const planned =
      message === undefined || typeof message.fate === 'string' ? null : message.fate.deadLetter;
    found.add(index);
    if (message === undefined || planned !== reason) {
      wrong.push(
        `message ${String(index)} (${String(message?.story)}): dead letter ${String(reason)}, planned ${String(planned)}`,
      );
      continue;
    }
    const original = toOutgoing(message, '', paymentIds).value;
    if (original?.toString('base64') !== record.value?.toString('base64'))
      wrong.push(`message ${String(index)} (${message.story}): its dead letter has other bytes`);
  }
  numbered.forEach(({ fate, story }, index) => {
    if (typeof fate === 'object' && !found.has(index))
      wrong.push(`message ${String(index)} (${story}): no dead letter`);
  });
  return wrong;
}
