import { toMajorUnits } from './currencies.ts';
import type { BraintreeLedger } from './ledger.ts';
import { codeInAmount, textOf } from './processor-responses.ts';
import { isBankDebit, isOnItsWay, type BraintreeTransaction, type StatusEvent } from './transaction.ts';

/** Braintree settles in daily batches. */
const BATCH_INTERVAL_MS = 24 * 3_600_000;

type Source = StatusEvent['source'];

/** Half of the time until it is settled a transaction waits for the batch, the other half it is settling. */
export function scheduleSettlement(ledger: BraintreeLedger, transaction: BraintreeTransaction): void {
  const settleAfterMs = ledger.settleAfterMs ?? BATCH_INTERVAL_MS;
  ledger.clock.schedule(settleAfterMs / 2, () => {
    if (transaction.status === 'submitted_for_settlement') {
      joinBatch(ledger, transaction);
      ledger.move(transaction, 'settling', '');
    }
  });
  ledger.clock.schedule(settleAfterMs, () => {
    if (transaction.status === 'submitted_for_settlement' || transaction.status === 'settling') {
      settleByAmount(ledger, transaction, '');
    }
  });
}

/** Settles as the vendor's sandbox does: amounts from 4001 to 5000.99 end otherwise for everything but cards. */
export function settleByAmount(
  ledger: BraintreeLedger,
  transaction: BraintreeTransaction,
  source: Source,
): void {
  const { amount, currency, instrument } = transaction;
  const code =
    instrument.method === 'card' ? undefined : codeInAmount(toMajorUnits(amount, currency), 4001, 5001);
  if (code === undefined) {
    settle(ledger, transaction, source);
  } else if (code !== '4002') {
    declineSettlement(ledger, transaction, code, source);
  } else if (instrument.method === 'paypal') {
    holdSettlement(ledger, transaction, source);
  } else {
    settle(ledger, transaction, source);
  }
}

export function settle(ledger: BraintreeLedger, transaction: BraintreeTransaction, source: Source): void {
  joinBatch(ledger, transaction);
  if (transaction.instrument.method === 'paypal') {
    transaction.settlementResponse = { code: '4000', text: textOf('4000') };
  }
  ledger.move(transaction, 'settled', source);
  if (isBankDebit(transaction.instrument)) {
    ledger.announce('transaction_settled', transaction);
  }
}

export function holdSettlement(
  ledger: BraintreeLedger,
  transaction: BraintreeTransaction,
  source: Source,
): void {
  transaction.settlementResponse = { code: '4002', text: textOf('4002') };
  ledger.move(transaction, 'settlement_pending', source);
}

/** Also after it was settled: a bank may return a direct debit days later. */
export function declineSettlement(
  ledger: BraintreeLedger,
  transaction: BraintreeTransaction,
  code: string,
  source: Source,
): void {
  transaction.settlementResponse = { code, text: textOf(code) };
  ledger.move(transaction, 'settlement_declined', source);
  if (isBankDebit(transaction.instrument)) {
    ledger.announce('transaction_settlement_declined', transaction);
  }
}

/** True where the testing calls and the admin surface may decide the settlement. */
export function awaitsSettlement({ status }: BraintreeTransaction): boolean {
  return status !== 'authorized' && isOnItsWay(status);
}

/** Gives the transaction the name of its batch. */
export function joinBatch(ledger: BraintreeLedger, transaction: BraintreeTransaction): void {
  transaction.settlementBatchId ??= `${ledger.clock.iso().slice(0, 10)}_${transaction.merchantAccountId}`;
}
