import { jsonAnswer, type Answer } from '../calls/answer.ts';

// The descriptions are Razorpay's own wording: `code` is nearly always the same, so clients have nothing else to tell refusals by.
export const description = {
  authenticationFailed: 'Authentication failed',
  keyInvalid: 'The api key provided is invalid',
  urlNotFound: 'The requested URL was not found on the server.',
  idUnknown: 'The id provided does not exist',
  amountBlank: 'Amount cannot be blank.',
  amountNoInteger: 'The amount must be an integer.',
  amountTooSmall: 'The amount must be atleast INR 1.00',
  lastDigitNotZero: 'The amount must have 0 as its last digit for this currency.',
  notesInvalid: 'Notes validation failed',
  notesMissing: 'The notes field is required.',
  speedInvalid: 'The selected speed is invalid.',
  receiptInvalid: 'The receipt must be a string of at most 255 characters.',
  bodyUnreadable: 'The request body could not be read as an object.',
  notCaptured: 'The payment status should be captured for action to be taken',
  fullyRefunded: 'The payment has been fully refunded already',
  amountTooLarge: 'The refund amount provided is greater than amount captured',
  duplicateReceipt: 'Duplicate receipt found for this refund request',
  operationInProgress: 'Request failed because another payment operation is in progress',
  balanceTooLow:
    'Your account does not have enough balance to carry out the refund operation. You can add funds to your account from your Razorpay dashboard or capture new payments.',
  noInstant: 'Instant refund not supported for the payment',
  fullOnly: 'Partial refund is currently not supported for this payment method',
  notRefundable: 'Refund is currently not supported for this payment method',
  disputed: 'The refund on this payment is blocked due to ongoing dispute investigation',
  tooOld: 'Refund is not supported by the bank because the payment is more than 6 months old',
  keyTooShort: 'The idempotency key must be at least 10 characters long',
  keyCharacters: 'The idempotency key must only contain alphanumeric characters, hyphens and underscores',
  keyInProgress: 'Another request with the same idempotency key is still in progress',
  keyMismatch: 'Different request with the same idempotency key has already been processed',
  alreadyCaptured: 'This payment has already been captured',
  notAuthorized: 'Only payments which have been authorized and not yet captured can be captured',
  captureAmountDiffers: 'Capture amount must be equal to the amount authorized',
  throttled: 'Too many requests. Please try again after some time.',
  serverError: 'We are facing some trouble completing your request at the moment. Please try again shortly.',
} as const;

/** A refusal of what was asked for. `field` names the body field at fault. */
export function refusal(text: string, field?: string, status = 400): Answer {
  return jsonAnswer(status, {
    error: {
      code: 'BAD_REQUEST_ERROR',
      description: text,
      source: 'business',
      step: 'payment_initiation',
      reason: 'input_validation_failed',
      metadata: {},
      ...(field === undefined ? {} : { field }),
    },
  });
}

/** A refusal that has nothing to do with the request's content: credentials, throttling, trouble on the server. */
export function plainError(status: number, text: string): Answer {
  return jsonAnswer(status, {
    error: {
      code: status >= 500 ? 'SERVER_ERROR' : 'BAD_REQUEST_ERROR',
      description: text,
      source: 'NA',
      step: 'NA',
      reason: 'NA',
      metadata: {},
    },
  });
}

export function notAnId(text: string): Answer {
  return refusal(`${text} is not a valid id`);
}

export function unknownFields(names: readonly string[]): Answer {
  return refusal(`${names.join(', ')} is/are not required and should not be sent`, names[0]);
}
