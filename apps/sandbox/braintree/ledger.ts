import type { SandboxClock } from '../sandbox-clock.ts';
import { ApiRequestKeys } from './api-request-keys.ts';
import { randomIdentifier } from './identifiers.ts';
import type { BraintreeTransaction, StatusEvent, TransactionStatus } from './transaction.ts';

/** What the caller knows of a new transaction; the rest is the ledger's. */
export type NewTransaction = Pick<
  BraintreeTransaction,
  'type' | 'amount' | 'currency' | 'merchantAccountId' | 'orderId' | 'instrument' | 'processorResponse'
> &
  Partial<
    Pick<
      BraintreeTransaction,
      | 'surchargeAmount'
      | 'lineItems'
      | 'gatewayRejectionReason'
      | 'escrow'
      | 'refundedTransaction'
      | 'apiRequestKey'
    >
  >;

export type WebhookKind = 'transaction_settled' | 'transaction_settlement_declined' | 'refund_failed';

/** Told of everything the vendor would send a webhook for. */
export type Announce = (kind: WebhookKind, transaction: BraintreeTransaction) => void;

/** Transactions, request keys and behaviour of the one sandbox merchant. A reset makes a new one. */
export class BraintreeLedger {
  readonly transactions: BraintreeTransaction[] = [];
  /** Whatever gave money away, oldest first: refunds, credits, and sales once they are voided. */
  readonly bookings: BraintreeTransaction[] = [];
  readonly keys = new ApiRequestKeys();
  readonly clock: SandboxClock;
  readonly announce: Announce;
  /** Null: with the daily batch. */
  settleAfterMs: number | null = 1_000;
  requestKeys = true;
  credits = false;
  readonly #byId = new Map<string, BraintreeTransaction>();
  readonly #byOrderId = new Map<string, BraintreeTransaction[]>();

  constructor(clock: SandboxClock, announce: Announce) {
    this.clock = clock;
    this.announce = announce;
  }

  find(id: string): BraintreeTransaction | undefined {
    return this.#byId.get(id);
  }

  withOrderId(orderId: string): readonly BraintreeTransaction[] {
    return this.#byOrderId.get(orderId) ?? [];
  }

  /** Books a transaction that has passed the given statuses already. */
  add(
    wanted: NewTransaction,
    statuses: readonly TransactionStatus[],
    source: StatusEvent['source'] = 'api',
  ): BraintreeTransaction {
    const createdAtMs = this.clock.nowMs();
    const transaction: BraintreeTransaction = {
      surchargeAmount: null,
      lineItems: [],
      gatewayRejectionReason: null,
      escrow: false,
      refundedTransaction: null,
      apiRequestKey: null,
      ...wanted,
      id: this.#freshId(),
      createdAtMs,
      status: statuses.at(-1) ?? 'authorized',
      history: statuses.map((status) => ({ status, atMs: createdAtMs, amount: wanted.amount, source })),
      settlementResponse: null,
      settlementBatchId: null,
      refunds: [],
      voided: null,
      operationInProgress: false,
    };
    this.transactions.push(transaction);
    this.#byId.set(transaction.id, transaction);
    this.#indexOrder(transaction);
    if (transaction.type === 'credit') {
      this.bookings.push(transaction);
    }
    transaction.refundedTransaction?.refunds.push(transaction);
    return transaction;
  }

  move(transaction: BraintreeTransaction, status: TransactionStatus, source: StatusEvent['source']): void {
    transaction.status = status;
    const { amount } = transaction;
    transaction.history.push({ status, atMs: this.clock.nowMs(), amount, source });
  }

  /** The caller has checked the status. A voided sale gave its whole amount back; a voided refund gives its amount back to the sale. */
  void(transaction: BraintreeTransaction, apiRequestKey: string | null, source: StatusEvent['source']): void {
    this.move(transaction, 'voided', source);
    transaction.voided = { atMs: this.clock.nowMs(), apiRequestKey };
    if (transaction.type === 'sale') {
      this.bookings.push(transaction);
    }
  }

  renameOrder(transaction: BraintreeTransaction, orderId: string): void {
    transaction.orderId = orderId;
    this.#indexOrder(transaction);
  }

  #freshId(): string {
    for (;;) {
      const id = randomIdentifier();
      if (!this.#byId.has(id)) {
        return id;
      }
    }
  }

  #indexOrder(transaction: BraintreeTransaction): void {
    if (transaction.orderId === null) {
      return;
    }
    const known = this.#byOrderId.get(transaction.orderId);
    if (known === undefined) {
      this.#byOrderId.set(transaction.orderId, [transaction]);
    } else {
      known.push(transaction);
    }
  }
}
