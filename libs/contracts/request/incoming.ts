import type { DeadLetterCode, RejectionCode } from '../codes.ts';

/** A record as it lies on the bus; the bus's own record type fits. */
export interface IncomingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** Why a readable request is not acceptable. The message is for people and never repeats what was sent. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly field: string | null;
  readonly message: string;
}

/** A readable request, acceptable or not. */
export interface ReadRequest {
  readonly ceId: string;
  readonly ceSource: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly refundId: string;
  readonly paymentId: string;
  /** As sent; clipped to 64 characters when invalid, empty when there was none to read. The same for `currency`. */
  readonly provider: string;
  readonly account: string | null;
  /** Decimal text without trailing zeros; null when omitted or unreadable. */
  readonly amount: string | null;
  readonly amountOmitted: boolean;
  readonly currency: string;
  readonly reason: string | null;
  readonly requestedBy: string | null;
  readonly orderId: string | null;
  readonly expectedRemaining: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly providerOptions: Readonly<Record<string, unknown>>;
  /** Empty: acceptable as far as the contract goes. The first one is what `RefundFailed` carries. */
  readonly rejections: readonly Rejection[];
  /** The original holds a card number: keep nothing of its text. Free text and options are blank here when it stood in a known field. */
  readonly redacted: boolean;
  /** SHA-256 over the canonical form; also for requests that are not acceptable. */
  readonly fingerprint: Buffer;
  readonly fingerprintVersion: 1;
}

export interface DeadLetter {
  readonly kind: 'deadLetter';
  readonly code: DeadLetterCode;
  readonly message: string;
}

export type Incoming = { readonly kind: 'request'; readonly request: ReadRequest } | DeadLetter;

export interface ReadLimits {
  readonly payloadBytesMax?: number;
  /** Providers to know; all of the contract's when absent. */
  readonly providers?: readonly string[];
}
