import type { FastifyInstance } from 'fastify';
import type { AdminFields } from '../admin/admin-fields.ts';
import { AdminRefusal } from '../admin/admin-refusal.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type {
  BookedRefund,
  PaymentTruth,
  ProviderSimulator,
  RefundChange,
  SimulatorSurroundings,
} from '../simulator.ts';
import { readBehaviour } from './behaviour.ts';
import { PASSWORD1, PASSWORD2, PASSWORD3 } from './credentials.ts';
import { RobokassaLedger, type RobokassaRefund } from './ledger.ts';
import { readNewPayment } from './new-payment.ts';
import { registerRobokassaRoutes } from './routes.ts';
import { bookedRefund, paymentTruth } from './truth.ts';

export class RobokassaSimulator implements ProviderSimulator {
  readonly provider = 'robokassa';
  readonly secrets = [PASSWORD1, PASSWORD2, PASSWORD3];
  readonly #surroundings: SimulatorSurroundings;
  #ledger: RobokassaLedger;

  constructor(surroundings: SimulatorSurroundings) {
    this.#surroundings = surroundings;
    this.#ledger = new RobokassaLedger(surroundings.clock);
  }

  registerRoutes(app: FastifyInstance, calls: ProviderCalls): void {
    registerRobokassaRoutes(app, calls, () => this.#ledger);
  }

  createPayment(fields: AdminFields): { readonly paymentId: string } & Record<string, unknown> {
    const payment = this.#ledger.addPayment(readNewPayment(fields, this.#ledger));
    const { invoiceId, opKey, currency, state } = payment;
    return { paymentId: invoiceId, opKey, provider: this.provider, currency, state };
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
    this.#ledger.behaviour = readBehaviour(fields, this.#ledger.behaviour);
    return { ...this.#ledger.behaviour };
  }

  reset(): void {
    this.#ledger = new RobokassaLedger(this.#surroundings.clock);
  }

  /** Nobody is told of a change: RoboKassa sends nothing about refunds. */
  #change(refund: RobokassaRefund, change: RefundChange): void {
    switch (change) {
      case 'settle':
        if (refund.label === 'canceled') {
          throw new AdminRefusal('NOT_POSSIBLE', `${refund.requestId} is canceled; it never finishes`);
        }
        this.#ledger.execute(refund);
        return;
      case 'decline':
      case 'fail':
      case 'cancel':
      case 'reverse':
        this.#ledger.cancel(refund);
        return;
    }
  }
}
