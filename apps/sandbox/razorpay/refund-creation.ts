import type { FastifyRequest } from 'fastify';
import { answered, jsonAnswer, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { refundEntity } from './entities.ts';
import { description, plainError, refusal } from './errors.ts';
import { missingPayment } from './found.ts';
import { hashRequest, type KeyState } from './idempotency-keys.ts';
import { isFullyRefunded, type RazorpayLedger, type RazorpayPayment, type RazorpayRefund } from './ledger.ts';
import { readRefundRequest, type RefundRequest } from './refund-request.ts';
import { bodyText } from './request-body.ts';

const KEY_CHARACTERS_MIN = 10;
/** Half a year of 365 days: banks refuse an ordinary refund of an older payment. */
const NORMAL_REFUND_WINDOW_MS = 183 * 24 * 3_600_000;

type Announce = (refund: RazorpayRefund) => void;

/**
 * Takes in `POST /v1/payments/{id}/refund`. Holds the payment's operation lock and the idempotency key from here until the answer is
 * due, so that a second call meanwhile gets Razorpay's "in progress" refusals. `announce` is told of a refund once it is booked.
 */
export function acceptRefundCreation(
  ledger: RazorpayLedger,
  request: FastifyRequest,
  announce: Announce,
): AcceptedCall {
  const { paymentId } = request.params as { paymentId: string };
  const key = scopedKey(request);
  const requestHash = key === undefined ? '' : hashRequest(paymentId, bodyText(request));
  const repeated =
    key === undefined
      ? null
      : (refuseKey(request) ?? answerKnownKey(ledger, ledger.keys.look(key, requestHash)));
  if (repeated !== null) {
    return repeated;
  }
  const payment = ledger.payment(paymentId);
  if (payment === undefined) {
    return answered(missingPayment(paymentId));
  }
  const reading = readRefundRequest(request, payment.currency);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  if (payment.operationInProgress) {
    return answered(refusal(description.operationInProgress));
  }
  payment.operationInProgress = true;
  if (key !== undefined) {
    ledger.keys.claim(key, requestHash);
  }
  let booked: RazorpayRefund | null = null;
  return {
    perform: () => {
      const problem = problemOf(ledger, payment, reading.wanted);
      if (problem !== null) {
        return refusal(problem);
      }
      booked = ledger.addRefund(payment, amountOf(payment, reading.wanted), reading.wanted);
      announce(booked);
      return jsonAnswer(200, refundEntity(booked, ledger.nowMs));
    },
    release: () => {
      payment.operationInProgress = false;
      if (key !== undefined) {
        ledger.keys.settle(key, booked);
      }
    },
  };
}

/** Keys of two sub-merchants never meet. */
function scopedKey(request: FastifyRequest): string | undefined {
  const key = request.headers['x-refund-idempotency'];
  const merchant = request.headers['x-razorpay-account'];
  if (typeof key !== 'string') {
    return undefined;
  }
  return merchant === undefined ? key : `${String(merchant)}\n${key}`;
}

function refuseKey(request: FastifyRequest): AcceptedCall | null {
  const key = String(request.headers['x-refund-idempotency']);
  if (key.length < KEY_CHARACTERS_MIN) {
    return answered(refusal(description.keyTooShort));
  }
  return /^[A-Za-z0-9_-]+$/.test(key) ? null : answered(refusal(description.keyCharacters));
}

/** A replay answers the original refund as it is now, so its status may have moved on. */
function answerKnownKey(ledger: RazorpayLedger, state: KeyState<RazorpayRefund>): AcceptedCall | null {
  switch (state.kind) {
    case 'unused':
      return null;
    case 'in-progress':
      return answered(plainError(409, description.keyInProgress));
    case 'mismatch':
      return answered(plainError(409, description.keyMismatch));
    case 'replay':
      return { perform: (): Answer => jsonAnswer(200, refundEntity(state.refund, ledger.nowMs)) };
  }
}

function amountOf(payment: RazorpayPayment, wanted: RefundRequest): number {
  return wanted.amount ?? payment.amount - payment.amountRefunded;
}

/** The receipt comes before the sums: a repeated call is told that its refund exists, whatever is left meanwhile. */
function problemOf(ledger: RazorpayLedger, payment: RazorpayPayment, wanted: RefundRequest): string | null {
  if (payment.status !== 'captured') {
    return description.notCaptured;
  }
  if (wanted.receipt !== null && payment.receipts?.has(wanted.receipt) === true) {
    return description.duplicateReceipt;
  }
  if (isFullyRefunded(payment)) {
    return description.fullyRefunded;
  }
  const amount = amountOf(payment, wanted);
  const limit = limitOf(payment, amount, wanted);
  if (limit !== null) {
    return limit;
  }
  if (payment.amountRefunded + amount > payment.amount) {
    return description.amountTooLarge;
  }
  if (wanted.speed !== 'optimum' && ledger.nowMs - payment.createdAtMs > NORMAL_REFUND_WINDOW_MS) {
    return description.tooOld;
  }
  return ledger.covers(payment, amount) ? null : description.balanceTooLow;
}

/** What this payment in particular cannot do. */
function limitOf(payment: RazorpayPayment, amount: number, wanted: RefundRequest): string | null {
  switch (payment.refundLimit) {
    case 'noInstant':
      return wanted.speed === 'optimum' ? description.noInstant : null;
    case 'fullOnly':
      return amount < payment.amount ? description.fullOnly : null;
    case 'notRefundable':
      return description.notRefundable;
    case 'disputed':
      return description.disputed;
    case null:
      return null;
  }
}
