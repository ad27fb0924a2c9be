import {
  asObject,
  asText,
  member,
  unavailable,
  type DeskAnswer,
  type DeskRefund,
  type JsonObject,
  type NotesChange,
  type OptionFault,
  type ProviderAccount,
  type RefundAnnotator,
} from '#libs/provider-kit';
import { callApi, type RazorpayApi } from './api-call.ts';
import { readAnswer, refundPath } from './desk.ts';
import { areNotes, isOwnNote, NOTES_MAX, NOTES_RULE } from './options.ts';

/**
 * `PATCH /v1/refunds/{id}` takes all notes at once and forgets the others. So they are read first and sent along: a refund that lost its
 * `refundry_…` notes would no longer be found by a look-up, and could be taken for somebody else's. What another person writes between the
 * reading and the writing is lost; notes of ours never change, so they are not.
 */
export function createAnnotator(api: RazorpayApi): RefundAnnotator {
  return {
    checkNotes,
    annotate: async (account, providerRefundId, change, signal) =>
      await annotate(api, account, providerRefundId, change, signal),
  };
}

function checkNotes(notes: Readonly<Record<string, string>>): readonly OptionFault[] {
  const count = Object.keys(notes).length;
  if (areNotes(notes) && count >= 1 && count <= NOTES_MAX) return [];
  const message = `notes must be ${NOTES_RULE}, from 1 to ${String(NOTES_MAX)} of them`;
  return [{ code: 'NOTES_INVALID', field: 'notes', message }];
}

async function annotate(
  api: RazorpayApi,
  account: ProviderAccount,
  providerRefundId: string,
  change: NotesChange,
  signal: AbortSignal,
): Promise<DeskAnswer> {
  const path = refundPath(providerRefundId);
  const asked = { account, providerRefundId, paymentId: null };
  const before = await callApi(api, account, { method: 'GET', path }, signal);
  const read = readAnswer(before.fact, before.exchange, asked);
  if (read.kind !== 'shown') return read;
  const notes = changed(notesOf(read.refund), change);
  const count = Object.keys(notes).length;
  if (count > NOTES_MAX) {
    const text = `it would have ${String(count)} notes, those of ours included, and Razorpay takes ${String(NOTES_MAX)}`;
    return { kind: 'refused', text };
  }
  const request = { method: 'PATCH', path, body: JSON.stringify({ notes }) } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const answer = readAnswer(fact, exchange, asked);
  if (answer.kind === 'unavailable' && answer.because === 'noAnswer') {
    return {
      ...answer,
      text: `${answer.text}; the notes may have been written, and asking again does no harm`,
    };
  }
  return answer.kind === 'shown' ? confirmed(answer.refund, change) : answer;
}

/** Values that are no texts (the dashboard writes none) go back as they came. */
function changed(notes: JsonObject, change: NotesChange): JsonObject {
  const kept = Object.entries(notes).filter(([key]) => !change.replace || isOwnNote(key));
  return { ...Object.fromEntries(kept), ...change.notes };
}

/** Status 200 with other notes would be no success. */
function confirmed(refund: DeskRefund, change: NotesChange): DeskAnswer {
  const notes = notesOf(refund);
  const missing = Object.entries(change.notes).find(([key, value]) => asText(member(notes, key)) !== value);
  return missing === undefined
    ? { kind: 'shown', refund }
    : unavailable('noAnswer', `the answer does not have the note ${missing[0]}`);
}

function notesOf(refund: DeskRefund): JsonObject {
  return asObject(member(refund.entity, 'notes')) ?? {};
}
