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

type Status = 'pending' | 'processed' | 'failed' | 'refused';

interface Booked {
  readonly id: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly amount: Decimal;
  readonly content: string;
  status: Status;
}

/** What may happen to one call. `lostLate`: nobody hears an answer and the bytes arrive only after a while. */
const FATES = [
  ['answered', 45],
  ['lostBefore', 7],
  ['lostAfter', 9],
  ['lostLate', 14],
  ['busy', 6],
  ['rateLimited', 4],
  ['notSent', 6],
  ['balance', 6],
] as const;
type Fate = (typeof FATES)[number][0];

/** Bytes on the way arrive within this time. */
const LATE_MAX_MS = 700;
const BANK_MAX_MS = 150;

/**
 * A provider with idempotency keys and its own book. It compares no amounts with what was captured: whether too much leaves is up to us alone.
 */
export class KeyedBank implements Bank {
  readonly policy = POLICY;
  readonly lookUp = ['reference'] as const;
  readonly byKey = new Map<string, Booked>();
  /** What must never happen, in words. */
  readonly violations: string[] = [];
  calm = false;
  private readonly captured = new Map<string, Decimal>();

  constructor(private readonly random: Random) {}

  openPayment(paymentId: string, captured: Decimal): void {
    this.captured.set(paymentId, captured);
  }

  /** Everything that left or may still leave for a payment. */
  refunded(paymentId: string): Decimal {
    return [...this.byKey.values()]
      .filter(
        (booked) =>
          booked.paymentId === paymentId && (booked.status === 'processed' || booked.status === 'pending'),
      )
      .reduce((sum, { amount }) => sum.plus(amount), new Decimal(0));
  }

  readonly submitter: Bank['submitter'] = {
    prepare: (_account, task, _reading, attemptNo) => ({
      action: 'refund',
      key: `key-${task.refundId}-${String(attemptNo)}`,
      reference: `ref-${task.refundId}-${String(attemptNo)}`,
      content: JSON.stringify({ payment: task.paymentId, amount: task.amount }),
      sameKeyForMs: 86_400_000,
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
    switch (fate) {
      case 'answered':
        return this.outcomeOf(this.book(attempt));
      case 'lostAfter':
        this.book(attempt);
        return unknown('waiting', 'the answer was lost');
      case 'lostBefore':
        return unknown('sending', 'the connection broke');
      case 'lostLate':
        setTimeout(() => this.book(attempt), this.random.int(0, LATE_MAX_MS));
        return unknown('waiting', 'no answer in time');
      case 'busy':
      case 'notSent':
      case 'balance':
        return notApplied(fate, fate);
      case 'rateLimited':
        return notApplied('rateLimited', 'slow down', { retryAfterMs: this.random.int(0, 30) });
    }
  }

  private book(attempt: StoredAttempt): Booked {
    const { key, refundId, paymentId, content, amount } = attempt;
    const known = this.byKey.get(key ?? '');
    if (known !== undefined) {
      if (known.content !== content) this.violations.push(`other bytes under the key of ${refundId}`);
      return known;
    }
    if ([...this.byKey.values()].some((each) => each.refundId === refundId))
      this.violations.push(`a second key for ${refundId}`);
    const id = `rfnd_${String(this.byKey.size)}`;
    const booked: Booked = {
      id,
      refundId,
      paymentId,
      content,
      amount: new Decimal(amount),
      status: this.firstStatus(),
    };
    this.byKey.set(key ?? '', booked);
    if (this.refunded(paymentId).gt(this.captured.get(paymentId) ?? 0))
      this.violations.push(`more than captured was refunded on ${paymentId}`);
    if (booked.status === 'pending') this.decideLater(booked);
    return booked;
  }

  private firstStatus(): Status {
    if (this.random.chance(0.04)) return 'refused';
    return this.random.chance(0.25) ? 'pending' : 'processed';
  }

  private decideLater(booked: Booked): void {
    setTimeout(
      () => {
        booked.status = this.random.chance(0.2) ? 'failed' : 'processed';
      },
      this.random.int(0, BANK_MAX_MS),
    );
  }

  private outcomeOf({ id: providerRefundId, status }: Booked): Outcome {
    switch (status) {
      case 'processed':
        return { kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null };
      case 'pending':
        return { kind: 'pending', providerRefundId, references: {} };
      case 'failed':
      case 'refused':
        return declined('BANK_SAID_NO', 'no', { actBy: 'merchant', mayRequestAgain: true, providerRefundId });
    }
  }

  private look({ key }: StoredAttempt): LookUpResult {
    if (!this.calm && this.random.chance(0.1))
      return { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: '' };
    const booked = this.byKey.get(key ?? '');
    return booked === undefined
      ? { kind: 'absent', asOfMs: Date.now() }
      : { kind: 'found', outcome: this.outcomeOf(booked) };
  }

  private payment(paymentId: string, made: Exchange): PaymentAnswer {
    if (!this.calm && this.random.chance(0.05))
      return { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: '', exchange: made };
    const captured = this.captured.get(paymentId);
    if (captured === undefined) return { kind: 'notFound', text: '', exchange: made };
    const refundedTotal = this.refunded(paymentId);
    return {
      kind: 'read',
      reading: { captured, currency: 'USD', refundedTotal, refundable: 'now', because: null },
      exchange: made,
    };
  }
}
