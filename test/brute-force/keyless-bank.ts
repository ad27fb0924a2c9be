import { Decimal } from 'decimal.js';
import {
  declined,
  notApplied,
  unknown,
  type Exchange,
  type PaymentAnswer,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { LookUpResult, Outcome } from '#libs/refund';
import { CALL_MAX_MS, drawn, exchange, POLICY, type Bank } from './bank.ts';
import { pause, type Random } from './random.ts';

export interface Booked {
  readonly id: string;
  /** What it is asked for with; its id is only shown. */
  readonly handle: string;
  /** Whose it is: for the audit, the bank is never asked for it. */
  readonly refundId: string;
  readonly paymentId: string;
  readonly amount: Decimal;
  status: 'pending' | 'processed' | 'failed';
}

/** What may happen to one call. `lostLate`: nobody hears an answer and the bytes arrive only after a while; `refused`: nothing is booked. */
const FATES = [
  ['answered', 62],
  ['refused', 3],
  ['lostBefore', 3],
  ['lostAfter', 4],
  ['lostLate', 4],
  ['busy', 7],
  ['rateLimited', 4],
  ['notSent', 7],
  ['balance', 6],
] as const;
type Fate = (typeof FATES)[number][0];

const LATE_MAX_MS = 150;
const BANK_MAX_MS = 150;
/** Money comes back so long after it was given, while completed refunds are still read again. */
const BACK_MAX_MS = 300;

/**
 * A provider without keys that keeps no name of ours: it books every call it gets, and its refunds are found by its own secret handle alone. It
 * compares nothing with what was captured. Whatever is paid twice, is sent twice or is asked for without a handle is a violation.
 */
export class KeylessBank implements Bank {
  readonly policy = {
    ...POLICY,
    resend: 'never',
    lookUpByReference: false,
    rereadFirstMs: 40,
    rereadForMs: 1500,
  } as const;
  readonly lookUp = ['providerRefundId'] as const;
  readonly book: Booked[] = [];
  /** What must never happen, in words. */
  readonly violations: string[] = [];
  /** Refunds that it said no to. */
  readonly refused = new Set<string>();
  calm = false;
  /** Told of every change of the book, as webhooks are. */
  onNews: (booked: Booked) => void = () => undefined;
  private readonly captured = new Map<string, Decimal>();
  private readonly sent = new Set<string>();
  /** Refunds whose bytes may still arrive. */
  private readonly underWay = new Set<string>();

  constructor(private readonly random: Random) {}

  openPayment(paymentId: string, captured: Decimal): void {
    this.captured.set(paymentId, captured);
  }

  /** What it shows of a refund of ours; null while that may still change by itself or by bytes on their way. */
  verdictOn(refundId: string): Booked | 'absent' | null {
    if (this.underWay.has(refundId)) return null;
    const booked = this.lastOf(refundId);
    return booked?.status === 'pending' ? null : (booked ?? 'absent');
  }

  lastOf(refundId: string): Booked | undefined {
    return this.book.findLast((booked) => booked.refundId === refundId);
  }

  /** Everything that left or may still leave for a payment, except for some refunds. */
  refunded(paymentId: string, except: ReadonlySet<string> = new Set()): Decimal {
    return this.book
      .filter((booked) => booked.paymentId === paymentId && booked.status !== 'failed')
      .filter(({ refundId }) => !except.has(refundId))
      .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  }

  readonly submitter: Bank['submitter'] = {
    prepare: (_account, task, _reading, attemptNo) => ({
      action: 'refund',
      key: null,
      reference: `ref-${task.refundId}-${String(attemptNo)}`,
      content: JSON.stringify({ payment: task.paymentId, amount: task.amount }),
      sameKeyForMs: null,
    }),
    submit: async (_account, attempt) => {
      const startedAtMs = Date.now();
      const fate = this.calm ? 'answered' : drawn(this.random, FATES);
      await pause(this.random.int(0, CALL_MAX_MS));
      const outcome = this.call(attempt, fate);
      await pause(this.random.int(0, CALL_MAX_MS));
      return { outcome, exchange: exchange(startedAtMs) };
    },
  };

  readonly reader: Bank['reader'] = {
    probe: async () => await Promise.resolve({ kind: 'accepted', exchange: exchange(Date.now()) }),
    readPayment: async (_account, { paymentId }) => {
      const startedAtMs = Date.now();
      await pause(this.random.int(0, CALL_MAX_MS));
      return this.payment(paymentId, exchange(startedAtMs));
    },
    lookUp: async (_account, attempt) => {
      const startedAtMs = Date.now();
      await pause(this.random.int(0, CALL_MAX_MS));
      const result = this.look(attempt);
      await pause(this.random.int(0, CALL_MAX_MS));
      return { result, exchange: exchange(startedAtMs) };
    },
  };

  private call(attempt: StoredAttempt, fate: Fate): Outcome {
    const { refundId, attemptNo } = attempt;
    const name = `${refundId}/${String(attemptNo)}`;
    if (this.sent.has(name)) this.violations.push(`attempt ${name} was sent twice`);
    this.sent.add(name);
    switch (fate) {
      case 'answered':
        return outcomeOf(this.enter(attempt));
      case 'refused':
        this.refused.add(refundId);
        return declined('NOT_REFUNDABLE', 'no', { actBy: 'merchant', mayRequestAgain: true });
      case 'lostAfter':
        this.enter(attempt);
        return unknown('waiting', 'the answer was lost');
      case 'lostBefore':
        return unknown('sending', 'the connection broke');
      case 'lostLate':
        this.enterLater(attempt);
        return unknown('waiting', 'no answer in time');
      case 'busy':
      case 'notSent':
      case 'balance':
        return notApplied(fate, fate);
      case 'rateLimited':
        return notApplied('rateLimited', 'slow down', { retryAfterMs: this.random.int(0, 30) });
    }
  }

  private enterLater(attempt: StoredAttempt): void {
    this.underWay.add(attempt.refundId);
    setTimeout(
      () => {
        this.underWay.delete(attempt.refundId);
        this.enter(attempt);
      },
      this.random.int(0, LATE_MAX_MS),
    );
  }

  private enter({ refundId, paymentId, amount }: StoredAttempt): Booked {
    const other = this.lastOf(refundId);
    if (other !== undefined) this.violations.push(`${refundId} was booked twice, first as ${other.id}`);
    const no = String(this.book.length);
    const status = this.random.chance(0.4) ? 'pending' : 'processed';
    const booked: Booked = {
      id: `rfnd_${no}`,
      handle: `secret_${no}`,
      refundId,
      paymentId,
      amount: new Decimal(amount),
      status,
    };
    this.book.push(booked);
    if (this.refunded(paymentId).gt(this.captured.get(paymentId) ?? 0))
      this.violations.push(`more than captured was refunded on ${paymentId}`);
    if (status === 'pending') this.decideLater(booked);
    else this.takeBackNowAndThen(booked);
    this.onNews(booked);
    return booked;
  }

  private decideLater(booked: Booked): void {
    setTimeout(
      () => {
        this.change(booked, this.random.chance(0.2) ? 'failed' : 'processed');
      },
      this.random.int(0, BANK_MAX_MS),
    );
  }

  private takeBackNowAndThen(booked: Booked): void {
    if (!this.random.chance(0.08)) return;
    setTimeout(
      () => {
        this.change(booked, 'failed');
      },
      this.random.int(0, BACK_MAX_MS),
    );
  }

  private change(booked: Booked, status: 'processed' | 'failed'): void {
    booked.status = status;
    if (status === 'failed') this.refused.add(booked.refundId);
    if (status === 'processed') this.takeBackNowAndThen(booked);
    this.onNews(booked);
  }

  private look({ refundId, providerRefundId, handle }: StoredAttempt): LookUpResult {
    if (!this.calm && this.random.chance(0.1))
      return { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: '' };
    const booked = this.book.find((one) => one.id === providerRefundId && one.handle === handle);
    if (booked !== undefined) return { kind: 'found', outcome: outcomeOf(booked) };
    this.violations.push(`${refundId} was looked for as ${String(providerRefundId)} without its handle`);
    return { kind: 'absent', asOfMs: Date.now() };
  }

  private payment(paymentId: string, made: Exchange): PaymentAnswer {
    if (!this.calm && this.random.chance(0.05))
      return { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: '', exchange: made };
    const captured = this.captured.get(paymentId);
    if (captured === undefined) return { kind: 'notFound', text: '', exchange: made };
    const reading = { captured, currency: 'USD', refundedTotal: this.refunded(paymentId), because: null };
    return { kind: 'read', reading: { ...reading, refundable: 'now' }, exchange: made };
  }
}

function outcomeOf({ id: providerRefundId, handle, status }: Booked): Outcome {
  switch (status) {
    case 'processed':
      return { kind: 'succeeded', providerRefundId, handle, references: {}, completedAtMs: null };
    case 'pending':
      return { kind: 'pending', providerRefundId, handle, references: {} };
    case 'failed':
      return declined('BANK_SAID_NO', 'no', { actBy: 'merchant', mayRequestAgain: true, providerRefundId });
  }
}
