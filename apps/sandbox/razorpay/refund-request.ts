import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { isPayable } from './currencies.ts';
import { description, refusal, unknownFields } from './errors.ts';
import type { Speed } from './ledger.ts';
import { noNotes, readNotes, type Notes } from './notes.ts';
import { namesBeside, readBody } from './request-body.ts';

export interface RefundRequest {
  /** Null: everything that is left. */
  readonly amount: number | null;
  /** Null when the field was not sent: processed as normal, and the answer then carries no speed fields. */
  readonly speed: Speed | null;
  readonly receipt: string | null;
  readonly notes: Notes;
}

export type RefundRequestReading =
  | { readonly kind: 'request'; readonly wanted: RefundRequest }
  | { readonly kind: 'refused'; readonly answer: Answer };

const INR_MIN = 100;
/** A limit on refund receipts is not documented (orders: 40); this one only keeps the books small. */
const RECEIPT_CHARACTERS_MAX = 255;
const known = ['amount', 'speed', 'notes', 'receipt'];

const refused = (text: string, field?: string): RefundRequestReading => ({
  kind: 'refused',
  answer: refusal(text, field),
});

/** Checks everything that the body alone can get wrong. */
export function readRefundRequest(request: FastifyRequest, currency: string): RefundRequestReading {
  const body = readBody(request);
  if (body === undefined) {
    return refused(description.bodyUnreadable);
  }
  const unknown = namesBeside(body, known);
  if (unknown.length > 0) {
    return { kind: 'refused', answer: unknownFields(unknown) };
  }
  const amount = body['amount'] === undefined ? null : readAmount(body['amount']);
  const amountProblem = amount === null ? undefined : problemOf(amount, currency);
  if (amountProblem !== undefined) {
    return refused(amountProblem, 'amount');
  }
  const { speed = null, receipt } = body;
  if (speed !== null && speed !== 'normal' && speed !== 'optimum') {
    return refused(description.speedInvalid, 'speed');
  }
  if (!isReceipt(receipt)) {
    return refused(description.receiptInvalid, 'receipt');
  }
  const notes = body['notes'] === undefined ? noNotes : readNotes(body['notes']);
  if (notes === undefined) {
    return refused(description.notesInvalid, 'notes');
  }
  const wanted: RefundRequest = { amount, speed, receipt: receipt === '' ? null : (receipt ?? null), notes };
  return { kind: 'request', wanted };
}

/** Integers may come as text, because every vendor example sends `"100"`. Null and empty text are blank, like 0; NaN stands for anything else. */
function readAmount(value: unknown): number {
  if (value === null || value === '' || value === 0) {
    return 0;
  }
  const isInteger = typeof value === 'number' ? Number.isSafeInteger(value) : isIntegerText(value);
  return isInteger ? Number(value) : Number.NaN;
}

function isIntegerText(value: unknown): boolean {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value);
}

function problemOf(amount: number, currency: string): string | undefined {
  if (Number.isNaN(amount)) {
    return description.amountNoInteger;
  }
  if (amount === 0) {
    return description.amountBlank;
  }
  if (amount < (currency === 'INR' ? INR_MIN : 1)) {
    return description.amountTooSmall;
  }
  return isPayable(amount, currency) ? undefined : description.lastDigitNotZero;
}

function isReceipt(value: unknown): value is string | null | undefined {
  return (
    value === undefined ||
    value === null ||
    (typeof value === 'string' && value.length <= RECEIPT_CHARACTERS_MAX)
  );
}
