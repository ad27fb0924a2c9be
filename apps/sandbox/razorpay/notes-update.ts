import type { FastifyRequest } from 'fastify';
import { answered, jsonAnswer, type AcceptedCall } from '../calls/answer.ts';
import { refundEntity } from './entities.ts';
import { description, refusal, unknownFields } from './errors.ts';
import { aboutRefund } from './found.ts';
import type { RazorpayLedger } from './ledger.ts';
import { readNotes } from './notes.ts';
import { namesBeside, readBody } from './request-body.ts';

/** `PATCH /v1/refunds/{id}`: replaces the notes, which are the only thing about a refund that may change from outside. */
export function acceptNotesUpdate(ledger: RazorpayLedger, request: FastifyRequest): AcceptedCall {
  const body = readBody(request);
  if (body === undefined) {
    return answered(refusal(description.bodyUnreadable));
  }
  const unknown = namesBeside(body, ['notes']);
  if (unknown.length > 0) {
    return answered(unknownFields(unknown));
  }
  if (body['notes'] === undefined) {
    return answered(refusal(description.notesMissing, 'notes'));
  }
  const notes = readNotes(body['notes']);
  if (notes === undefined) {
    return answered(refusal(description.notesInvalid, 'notes'));
  }
  return {
    perform: () =>
      aboutRefund(ledger, request, (refund) => {
        refund.notes = notes;
        return jsonAnswer(200, refundEntity(refund, ledger.nowMs));
      }),
  };
}
