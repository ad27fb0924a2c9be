import { answered, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import { hashRequest, KEY_CHARACTERS_MAX } from './api-request-keys.ts';
import type { BraintreeLedger } from './ledger.ts';
import { textOfField, type Fields } from './request-body.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { invalid, invalidAnswer, type ValidationError } from './validation-errors.ts';

/** What a change came to: a transaction to show, now and at every repetition, or the rules that stopped it. */
export type ChangeResult =
  | { readonly kind: 'done'; readonly transaction: BraintreeTransaction }
  | { readonly kind: 'refused'; readonly errors: readonly ValidationError[] };

export interface Change {
  /** The call and what it is about: the same key on another call is another request. */
  readonly call: string;
  readonly fields: Fields;
  /** The transaction that is changed; undefined when a new one is made. */
  readonly subject: BraintreeTransaction | undefined;
  /** `apiRequestKey` is the one in force, null without one. */
  perform(apiRequestKey: string | null): ChangeResult;
  show(transaction: BraintreeTransaction): Answer;
}

export const refused = (...errors: readonly ValidationError[]): ChangeResult => ({ kind: 'refused', errors });

/**
 * Takes in a change of the books. The request key and the transaction are held from here until the answer is due: the same request
 * meanwhile is "in flight", another one on the same transaction fails with 500, as the vendor warns of simultaneous refunds.
 */
export function acceptChange(ledger: BraintreeLedger, change: Change): AcceptedCall {
  const { fields, subject } = change;
  const key = textOfField(fields, 'api_request_key') ?? null;
  const requestHash = key === null ? '' : hashRequest(change.call, fields);
  const repeated = key === null ? null : answerKey(ledger, key, requestHash, fields);
  if (repeated !== null) {
    return repeated;
  }
  if (subject?.operationInProgress === true) {
    return answered(emptyAnswer(500));
  }
  if (subject !== undefined) {
    subject.operationInProgress = true;
  }
  if (key !== null) {
    ledger.keys.claim(key, requestHash);
  }
  let replay: (() => Answer) | null = null;
  return {
    perform: () => {
      const result = change.perform(key);
      if (result.kind === 'refused') {
        return invalidAnswer(result.errors, fields);
      }
      replay = () => change.show(result.transaction);
      return replay();
    },
    release: () => {
      if (subject !== undefined) {
        subject.operationInProgress = false;
      }
      if (key !== null) {
        ledger.keys.end(key, replay, ledger.clock.nowMs());
      }
    },
  };
}

function answerKey(
  ledger: BraintreeLedger,
  key: string,
  requestHash: string,
  fields: Fields,
): AcceptedCall | null {
  const refuse = (error: ValidationError): AcceptedCall => answered(invalidAnswer([error], fields));
  if (!ledger.requestKeys) {
    return refuse(invalid.keyNotAllowed);
  }
  if (key.length > KEY_CHARACTERS_MAX) {
    return refuse(invalid.keyTooLong);
  }
  const state = ledger.keys.look(key, requestHash, ledger.clock.nowMs());
  switch (state.kind) {
    case 'unused':
      return null;
    case 'in-flight':
      return refuse(invalid.keyInFlight);
    case 'other-request':
      return refuse(invalid.keyOfOtherRequest);
    case 'failed-request':
      return refuse(invalid.keyOfFailedRequest);
    case 'replay':
      return { perform: state.replay };
  }
}
