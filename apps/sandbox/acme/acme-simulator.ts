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
import { SECRET_KEY, refuseCredentials } from './credentials.ts';
import { toMinorUnits } from './currencies.ts';
import { distortedAnswer } from './entities.ts';
import { AcmeLedger, paymentStatuses, refundStatuses, type AcmeRefund } from './ledger.ts';
import { refusalWith } from './refusal.ts';
import { registerAcmeRoutes } from './routes.ts';
import { bookedRefund, paymentTruth } from './truth.ts';

export class AcmeSimulator implements ProviderSimulator {
  readonly provider = 'acme';
  readonly secrets = [SECRET_KEY];
  readonly #surroundings: SimulatorSurroundings;
  #ledger: AcmeLedger;

  constructor(surroundings: SimulatorSurroundings) {
    this.#surroundings = surroundings;
    this.#ledger = new AcmeLedger(surroundings.clock);
  }

  registerRoutes(app: FastifyInstance, calls: ProviderCalls): void {
    registerAcmeRoutes(app, calls, this, () => this.#ledger);
  }

  authenticate(request: FastifyRequest): Answer | null {
    return refuseCredentials(request);
  }

  faultAnswer(status: number, words: string | undefined): Answer {
    if (status === 429) {
      return refusalWith(status, words ?? 'rate_limited');
    }
    return refusalWith(status, words ?? (status >= 500 ? 'internal_error' : 'invalid_request'));
  }

  distortEcho(answer: Answer, field: EchoField): Answer {
    return distortedAnswer(answer, field);
  }

  /** `status`: authorized or captured, which is the default. */
  createPayment(fields: AdminFields): { readonly paymentId: string } & Record<string, unknown> {
    const currency = fields.requiredText('currency');
    const amount = toMinorUnits(fields.requiredText('amount'), currency);
    const status = fields.oneOf('status', paymentStatuses) ?? 'captured';
    fields.finish();
    if (amount === undefined) {
      throw invalidRequest(
        '"amount" must be a decimal above 0 such as "500.00", in EUR, GBP, JPY (without decimals) or USD',
      );
    }
    const payment = this.#ledger.addPayment(amount, currency, status);
    return { paymentId: payment.id, provider: this.provider, currency, status };
  }

  readPayment(paymentId: string): PaymentTruth | undefined {
    const payment = this.#ledger.payments.get(paymentId);
    return payment === undefined ? undefined : paymentTruth(payment);
  }

  listRefunds(): Iterable<BookedRefund> {
    return [...this.#ledger.refunds.values()].map(bookedRefund);
  }

  changeRefund(refundId: string, change: RefundChange): BookedRefund | undefined {
    const refund = this.#ledger.refunds.get(refundId);
    if (refund === undefined) {
      return undefined;
    }
    changeStatus(refund, change);
    return bookedRefund(refund);
  }

  setBehaviour(fields: AdminFields): Readonly<Record<string, unknown>> {
    const newRefundStatus = fields.oneOf('newRefundStatus', refundStatuses);
    fields.finish();
    this.#ledger.newRefundStatus = newRefundStatus ?? this.#ledger.newRefundStatus;
    return { newRefundStatus: this.#ledger.newRefundStatus };
  }

  reset(): void {
    this.#ledger = new AcmeLedger(this.#surroundings.clock);
  }
}

/** What the bank reports later. Repeating what already happened changes nothing. */
function changeStatus(refund: AcmeRefund, change: RefundChange): void {
  switch (change) {
    case 'settle':
      if (refund.status === 'failed') {
        throw new AdminRefusal('NOT_POSSIBLE', `${refund.id} has failed; a failed refund never settles`);
      }
      refund.status = 'succeeded';
      return;
    case 'decline':
    case 'fail':
    case 'reverse':
      refund.status = 'failed';
      return;
    case 'cancel':
      throw new AdminRefusal('NOT_POSSIBLE', 'a refund here cannot be cancelled; use fail or reverse');
  }
}
