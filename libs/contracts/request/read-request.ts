import { ID, LIMITS, PROVIDERS } from '../rules.ts';
import {
  checkAmount,
  checkCurrency,
  checkMetadata,
  checkOptions,
  checkProvider,
  checkText,
} from './check-fields.ts';
import { deadLetter, openEnvelope, type Envelope } from './envelope.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Incoming, IncomingRecord, ReadLimits, ReadRequest, Rejection } from './incoming.ts';
import { findCardNumbers, type Field, type RequestBody } from './request-body.ts';

/**
 * Reads one record of the requests topic. Never throws for what a sender can do: a record that cannot be handled is a dead letter,
 * one that can be read but not accepted is a request with rejections.
 */
export function readRequest(record: IncomingRecord, limits: ReadLimits = {}): Incoming {
  const envelope = openEnvelope(record, limits.payloadBytesMax ?? LIMITS.payloadBytesMax);
  if (envelope.kind === 'deadLetter') return envelope;
  const body = envelope.body as RequestBody;
  if (!isId(body.refundId)) return deadLetter('REFUND_ID_UNREADABLE');
  if (!isId(body.paymentId)) return deadLetter('PAYMENT_ID_UNREADABLE');
  const request = check(envelope, body.refundId, body.paymentId, limits.providers ?? PROVIDERS);
  return { kind: 'request', request };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function check(
  envelope: Envelope,
  refundId: string,
  paymentId: string,
  providers: readonly string[],
): ReadRequest {
  const body = envelope.body as RequestBody;
  const cards = findCardNumbers(envelope.body, envelope.text);
  const rejections: Rejection[] = [];
  for (const field of cards.fields) {
    const message = `The field ${field} holds what looks like a card number; free text was not kept.`;
    rejections.push({ code: 'CARD_NUMBER_IN_TEXT', field, message });
  }
  const provider = checkProvider(body.provider, providers, rejections);
  const account = checkText(body.account, 'account', LIMITS.nameCharactersMax, rejections);
  const currency = checkCurrency(body.currency, rejections);
  const request = {
    ceId: envelope.ceId,
    ceSource: envelope.ceSource,
    traceparent: envelope.traceparent,
    tracestate: envelope.tracestate,
    refundId,
    paymentId,
    provider,
    account,
    amount: checkAmount(body.amount, 'amount', currency, rejections),
    amountOmitted: body.amount === undefined || body.amount === null,
    currency,
    reason: checkText(body.reason, 'reason', LIMITS.textCharactersMax, rejections),
    requestedBy: checkText(body.requestedBy, 'requestedBy', LIMITS.textCharactersMax, rejections),
    orderId: checkText(body.orderId, 'orderId', LIMITS.textCharactersMax, rejections),
    expectedRemaining: checkAmount(body.expectedRemaining, 'expectedRemaining', currency, rejections),
    metadata: checkMetadata(body.metadata, rejections),
    providerOptions: checkOptions(body.providerOptions, rejections),
    rejections,
    redacted: cards.anywhere,
    fingerprint: fingerprintOf(body, cards.fields),
    fingerprintVersion: 1,
  } as const;
  return cards.fields.size === 0 ? request : withoutFreeText(request, cards.fields);
}

/** A card number in one field may be repeated, in part, in another: all free text goes. */
function withoutFreeText(request: ReadRequest, hidden: ReadonlySet<Field>): ReadRequest {
  return {
    ...request,
    provider: hidden.has('provider') ? '' : request.provider,
    account: hidden.has('account') ? null : request.account,
    currency: hidden.has('currency') ? '' : request.currency,
    reason: null,
    requestedBy: null,
    orderId: null,
    metadata: {},
    providerOptions: {},
  };
}
