import { jsonAnswer, type Answer } from '../calls/answer.ts';

/** Words of the refund service's `message`. */
export const message = {
  keyUnknown: 'Signature key is not exists or partner have not access to API',
  badRequest: 'BadRequest',
  operationNotFound: 'OperationNotFound',
  notEnoughFunds: 'NotEnoughOperationFunds',
  requestUnknown: 'Id is invalid or request id does not exist',
} as const;

/** A refund that was not accepted. Clients must look at `success`: the status may be 200. */
export function notAccepted(status: number, text: string): Answer {
  return jsonAnswer(status, { success: false, message: text, requestId: null });
}

export function accepted(requestId: string): Answer {
  return jsonAnswer(200, { success: true, message: null, requestId });
}

/** Trouble before or on the server says nothing about the refund, so it has no `success` either, unless a sentence was asked for. */
export function serviceTrouble(status: number, description: string | undefined): Answer {
  if (description !== undefined) {
    return notAccepted(status, description);
  }
  return status >= 500 || status === 429
    ? jsonAnswer(status, { title: 'An error occurred while processing your request.', status })
    : notAccepted(status, message.badRequest);
}
