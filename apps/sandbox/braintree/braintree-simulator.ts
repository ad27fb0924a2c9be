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
import { emptyAnswer } from './answers.ts';
import { PRIVATE_KEY, refuseCredentials } from './credentials.ts';
import { distortedAnswer } from './distortion.ts';
import { BraintreeLedger } from './ledger.ts';
import { createPayment } from './new-payment.ts';
import { changeRefund } from './refund-changes.ts';
import { registerBraintreeRoutes } from './routes.ts';
import { bookedRefund, paymentTruth } from './truth.ts';
import { invalidAnswer } from './validation-errors.ts';
import { webhookEvent } from './webhook-events.ts';

const SETTLE_AFTER_MAX_MS = 31_536_000_000;

export class BraintreeSimulator implements ProviderSimulator {
  readonly provider = 'braintree';
  readonly secrets = [PRIVATE_KEY];
  readonly #surroundings: SimulatorSurroundings;
  #ledger: BraintreeLedger;

  constructor(surroundings: SimulatorSurroundings) {
    this.#surroundings = surroundings;
    this.#ledger = this.#emptyLedger();
  }

  registerRoutes(app: FastifyInstance, calls: ProviderCalls): void {
    registerBraintreeRoutes(app, { front: this, calls, ledger: () => this.#ledger });
  }

  authenticate(request: FastifyRequest): Answer | null {
    return refuseCredentials(request);
  }

  /** Only 422 says more than its status; `description` is then a validation code and, after a space, its sentence. */
  faultAnswer(status: number, text: string | undefined): Answer {
    if (status !== 422) {
      return emptyAnswer(status);
    }
    const [, code = '91547', message = 'Merchant account does not support refunds.'] =
      /^(\d{5,6})(?: (.+))?$/.exec(text ?? '') ?? [];
    return invalidAnswer([{ code, attribute: 'base', message }]);
  }

  distortEcho(answer: Answer, field: EchoField): Answer {
    return distortedAnswer(answer, field);
  }

  createPayment(fields: AdminFields): { readonly paymentId: string } & Record<string, unknown> {
    const { id, currency, status, merchantAccountId, orderId, instrument } = createPayment(
      this.#ledger,
      fields,
    );
    const { provider } = this;
    return {
      paymentId: id,
      provider,
      currency,
      status,
      method: instrument.method,
      merchantAccountId,
      orderId,
    };
  }

  readPayment(paymentId: string): PaymentTruth | undefined {
    const transaction = this.#ledger.find(paymentId);
    return transaction?.type === 'sale' ? paymentTruth(transaction) : undefined;
  }

  *listRefunds(): Generator<BookedRefund> {
    const { bookings } = this.#ledger;
    const count = bookings.length;
    for (let index = 0; index < count; index += 1) {
      const booking = bookings[index];
      if (booking !== undefined) {
        yield bookedRefund(booking);
      }
    }
  }

  changeRefund(refundId: string, change: RefundChange): BookedRefund | undefined {
    const refund = this.#ledger.find(refundId);
    if (refund?.type === 'sale' && refund.voided !== null) {
      throw new AdminRefusal('NOT_POSSIBLE', `${refund.id} is a voided payment, and a void is final`);
    }
    if (refund?.type !== 'credit') {
      return undefined;
    }
    changeRefund(this.#ledger, refund, change);
    return bookedRefund(refund);
  }

  setBehaviour(fields: AdminFields): Readonly<Record<string, unknown>> {
    const settleAfterMs = readSettleAfter(fields.raw('settleAfterMs'));
    const requestKeys = fields.flag('requestKeys');
    const credits = fields.flag('credits');
    fields.finish();
    const ledger = this.#ledger;
    ledger.settleAfterMs = settleAfterMs === undefined ? ledger.settleAfterMs : settleAfterMs;
    ledger.requestKeys = requestKeys ?? ledger.requestKeys;
    ledger.credits = credits ?? ledger.credits;
    return {
      settleAfterMs: ledger.settleAfterMs,
      requestKeys: ledger.requestKeys,
      credits: ledger.credits,
    };
  }

  reset(): void {
    this.#ledger = this.#emptyLedger();
  }

  #emptyLedger(): BraintreeLedger {
    const { clock, webhooks } = this.#surroundings;
    return new BraintreeLedger(clock, (kind, transaction) => {
      if (webhooks.listensFor(this.provider)) {
        webhooks.send(this.provider, webhookEvent(kind, transaction, clock.nowMs()));
      }
    });
  }
}

/** Undefined: not mentioned. Null: with the daily batch. */
function readSettleAfter(value: unknown): number | null | undefined {
  if (value === undefined || value === null) {
    return value;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > SETTLE_AFTER_MAX_MS) {
    throw invalidRequest(`"settleAfterMs" must be a whole number from 0 to ${SETTLE_AFTER_MAX_MS}, or null`);
  }
  return value;
}
