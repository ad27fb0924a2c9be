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
    return refuseCredentials(request);
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
    const { amount, currency, status, method } = readNewPayment(fields);
    const payment = this.#ledger.addPayment(amount, currency, status, method);
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
    fields.finish();
    this.#ledger.newRefundStatus = newRefundStatus ?? this.#ledger.newRefundStatus;
    if (balance !== undefined) {
      this.#ledger.balance = balance;
    }
    return {
      newRefundStatus: this.#ledger.newRefundStatus,
      balance: this.#ledger.balance?.toFixed() ?? null,
    };
  }

  reset(): void {
    this.#ledger = new RazorpayLedger(this.#surroundings.clock);
  }

  /** What the bank reports later. Repeating what already happened changes nothing and announces nothing. */
  #change(refund: RazorpayRefund, change: RefundChange): void {
    switch (change) {
      case 'settle':
        if (refund.status === 'failed') {
          throw new AdminRefusal('NOT_POSSIBLE', `${refund.id} has failed; a failed refund never settles`);
        }
        this.#settle(refund);
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

  #settle(refund: RazorpayRefund): void {
    const wasPending = refund.status === 'pending';
    this.#ledger.settle(refund);
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
    }
  }

  #announce(name: RefundEventName, refund: RazorpayRefund): void {
    const { clock, webhooks } = this.#surroundings;
    if (webhooks.listensFor(this.provider)) {
      webhooks.send(this.provider, refundEvent(name, refund, clock.nowMs()));
    }
  }
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
