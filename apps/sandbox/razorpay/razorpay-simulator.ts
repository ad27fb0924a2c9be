import { Decimal } from 'decimal.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AdminFields } from '../admin/admin-fields.ts';
import { AdminRefusal, invalidRequest } from '../admin/admin-refusal.ts';
import type { Answer } from '../calls/answer.ts';
import type { EchoField } from '../calls/fault.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type {
  BookedRefund,
  PaymentTruth,
  ProviderSimulator,
  RefundChange,
  SimulatorSurroundings,
} from '../simulator.ts';
import { refuseCredentials, KEY_SECRET, WEBHOOK_SECRET } from './credentials.ts';
import { distortedAnswer } from './distortion.ts';
import { description, plainError } from './errors.ts';
import { RazorpayLedger, type RazorpayRefund } from './ledger.ts';
import { readNewPayment } from './new-payment.ts';
import { registerRazorpayRoutes } from './routes.ts';
import { bookedRefund, paymentTruth } from './truth.ts';
import { refundEvent, type RefundEventName } from './webhook-events.ts';

const newRefundStatuses = ['processed', 'pending', 'failed'] as const;

export class RazorpaySimulator implements ProviderSimulator {
  readonly provider = 'razorpay';
  readonly secrets = [KEY_SECRET, WEBHOOK_SECRET];
  readonly #surroundings: SimulatorSurroundings;
  #keySecret = KEY_SECRET;
  #ledger: RazorpayLedger;

  constructor(surroundings: SimulatorSurroundings) {
    this.#surroundings = surroundings;
    this.#ledger = new RazorpayLedger(surroundings.clock);
  }

  registerRoutes(app: FastifyInstance, calls: ProviderCalls): void {
    registerRazorpayRoutes(app, {
      front: this,
      calls,
      ledger: () => this.#ledger,
      announceCreated: (refund) => this.#announceCreated(refund),
    });
  }

  authenticate(request: FastifyRequest): Answer | null {
    return refuseCredentials(request, this.#keySecret);
  }

  faultAnswer(status: number, text: string | undefined): Answer {
    if (status === 429) {
      return plainError(status, text ?? description.throttled);
    }
    return plainError(status, text ?? (status >= 500 ? description.serverError : 'invalid request sent'));
  }

  distortEcho(answer: Answer, field: EchoField): Answer {
    return distortedAnswer(answer, field);
  }

  createPayment(fields: AdminFields): { readonly paymentId: string } & Record<string, unknown> {
    const wanted = readNewPayment(fields);
    const { currency, status, method } = wanted;
    const payment = this.#ledger.addPayment(wanted);
    return { paymentId: payment.id, provider: this.provider, currency, status, method };
  }

  readPayment(paymentId: string): PaymentTruth | undefined {
    const payment = this.#ledger.payment(paymentId);
    return payment === undefined ? undefined : paymentTruth(payment);
  }

  *listRefunds(): Generator<BookedRefund> {
    const { refunds } = this.#ledger;
    const count = refunds.length;
    for (let index = 0; index < count; index += 1) {
      const refund = refunds[index];
      if (refund !== undefined) {
        yield bookedRefund(refund);
      }
    }
  }

  changeRefund(refundId: string, change: RefundChange): BookedRefund | undefined {
    const refund = this.#ledger.refund(refundId);
    if (refund === undefined) {
      return undefined;
    }
    this.#change(refund, change);
    return bookedRefund(refund);
  }

  setBehaviour(fields: AdminFields): Readonly<Record<string, unknown>> {
    const newRefundStatus = fields.oneOf('newRefundStatus', newRefundStatuses);
    const balance = readBalance(fields.raw('balance'));
    const settleAfterMs = readSettleAfter(fields.raw('settleAfterMs'));
    const keySecret = fields.text('keySecret');
    fields.finish();
    if (keySecret !== undefined) {
      this.#keySecret = keySecret;
      this.secrets.push(keySecret);
    }
    this.#ledger.newRefundStatus = newRefundStatus ?? this.#ledger.newRefundStatus;
    if (balance !== undefined) {
      this.#ledger.balance = balance;
    }
    if (settleAfterMs !== undefined) {
      this.#ledger.settleAfterMs = settleAfterMs;
    }
    return {
      newRefundStatus: this.#ledger.newRefundStatus,
      settleAfterMs: this.#ledger.settleAfterMs,
      balance: this.#ledger.balance?.toFixed() ?? null,
    };
  }

  reset(): void {
    this.#keySecret = KEY_SECRET;
    this.#ledger = new RazorpayLedger(this.#surroundings.clock);
  }

  /** What the bank reports later. Repeating what already happened changes nothing and announces nothing. */
  #change(refund: RazorpayRefund, change: RefundChange): void {
    switch (change) {
      case 'settle':
        if (refund.status === 'failed') {
          throw new AdminRefusal('NOT_POSSIBLE', `${refund.id} has failed; a failed refund never settles`);
        }
        this.#settle(refund, true);
        return;
      case 'decline':
      case 'fail':
      case 'reverse':
        if (refund.status !== 'failed') {
          this.#ledger.fail(refund);
          this.#announce('refund.failed', refund);
        }
        return;
      case 'cancel':
        throw new AdminRefusal(
          'NOT_POSSIBLE',
          'a refund at Razorpay cannot be cancelled; use fail or reverse',
        );
    }
  }

  /** `tellsBank`: with the bank's number at once. */
  #settle(refund: RazorpayRefund, tellsBank: boolean): void {
    const wasPending = refund.status === 'pending';
    this.#ledger.settle(refund, tellsBank);
    if (wasPending) {
      this.#announce('refund.processed', refund);
    }
  }

  #announceCreated(refund: RazorpayRefund): void {
    this.#announce('refund.created', refund);
    if (refund.speedRequested === 'optimum' && refund.speedProcessed === 'normal') {
      this.#announce('refund.speed_changed', refund);
    }
    if (refund.status !== 'pending') {
      this.#announce(`refund.${refund.status}`, refund);
    } else if (this.#ledger.settleAfterMs !== null) {
      this.#surroundings.clock.schedule(this.#ledger.settleAfterMs, () => this.#settleIfPending(refund));
    }
  }

  /** The admin surface may have ended it meanwhile. */
  #settleIfPending(refund: RazorpayRefund): void {
    if (refund.status === 'pending') {
      this.#settle(refund, false);
    }
  }

  #announce(name: RefundEventName, refund: RazorpayRefund): void {
    const { clock, webhooks } = this.#surroundings;
    if (webhooks.listensFor(this.provider)) {
      webhooks.send(this.provider, refundEvent(name, refund, clock.nowMs()));
    }
  }
}

const SETTLE_AFTER_MAX_MS = 366 * 86_400_000;

/** Undefined: not mentioned. Null: only the bank's word ends a pending refund. */
function readSettleAfter(value: unknown): number | null | undefined {
  if (value === undefined || value === null) {
    return value;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > SETTLE_AFTER_MAX_MS) {
    throw invalidRequest('"settleAfterMs" must be a whole number of milliseconds up to a year, or null');
  }
  return value;
}

/** Undefined: not mentioned. Null: never short. A JSON number is taken too, because `0` is the usual value. */
function readBalance(value: unknown): Decimal | null | undefined {
  if (value === undefined || value === null) {
    return value;
  }
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,14})(\.\d{1,4})?$/.test(text)) {
    throw invalidRequest(
      '"balance" must be a decimal in major units such as "1000.00", or null for no limit',
    );
  }
  return new Decimal(text);
}
