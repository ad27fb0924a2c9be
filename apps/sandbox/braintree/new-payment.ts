import type { AdminFields } from '../admin/admin-fields.ts';
import { invalidRequest } from '../admin/admin-refusal.ts';
import { decimalsOf, readAmount } from './currencies.ts';
import { instrumentOf } from './instruments.ts';
import type { BraintreeLedger } from './ledger.ts';
import { currencyOfMerchantAccount, merchantAccountOf } from './merchant-accounts.ts';
import { approved, declined } from './processor-responses.ts';
import { joinBatch, scheduleSettlement } from './settlement.ts';
import {
  paymentMethods,
  transactionStatuses,
  type BraintreeTransaction,
  type TransactionStatus,
} from './transaction.ts';

/** The way a sale takes to each status. */
const waysTo: Readonly<Record<TransactionStatus, readonly TransactionStatus[]>> = {
  authorized: ['authorized'],
  submitted_for_settlement: ['authorized', 'submitted_for_settlement'],
  settlement_pending: ['authorized', 'submitted_for_settlement', 'settlement_pending'],
  settlement_confirmed: ['authorized', 'submitted_for_settlement', 'settlement_confirmed'],
  settling: ['authorized', 'submitted_for_settlement', 'settling'],
  settled: ['authorized', 'submitted_for_settlement', 'settling', 'settled'],
  settlement_declined: ['authorized', 'submitted_for_settlement', 'settlement_declined'],
  voided: ['authorized'],
  processor_declined: ['processor_declined'],
  gateway_rejected: ['gateway_rejected'],
  failed: ['failed'],
};

/** Makes the payment of `POST /_sandbox/payments`; throws AdminRefusal before anything exists. */
export function createPayment(ledger: BraintreeLedger, fields: AdminFields): BraintreeTransaction {
  const currency = fields.requiredText('currency');
  const merchantAccountId = fields.text('merchantAccountId') ?? merchantAccountOf(currency);
  if (merchantAccountId === undefined || currencyOfMerchantAccount(merchantAccountId) !== currency) {
    throw invalidRequest(`no merchant account takes "${currency}" under the given "merchantAccountId"`);
  }
  const amount = readAmount(fields.requiredText('amount'), currency);
  if (amount.kind !== 'amount') {
    throw invalidRequest(
      `"amount" must be a decimal string above 0 in major units with at most ${decimalsOf(currency)} decimals, such as "500${decimalsOf(currency) === 0 ? '' : '.00'}"`,
    );
  }
  const status = fields.oneOf('status', transactionStatuses) ?? 'settled';
  const instrument = instrumentOf(fields.oneOf('method', paymentMethods) ?? 'card');
  const escrow = fields.flag('escrow') ?? false;
  const orderId = fields.text('orderId') ?? null;
  fields.finish();
  const sale = ledger.add(
    {
      type: 'sale',
      amount: amount.minorUnits,
      currency,
      merchantAccountId,
      orderId,
      instrument,
      escrow,
      processorResponse:
        status === 'processor_declined' || status === 'failed'
          ? declined(status === 'failed' ? '3000' : '2000')
          : approved('1000'),
    },
    waysTo[status],
  );
  finish(ledger, sale, status);
  return sale;
}

/** What the ledger has to do for the last step, so that the books show it as if the API had taken it. */
function finish(ledger: BraintreeLedger, sale: BraintreeTransaction, status: TransactionStatus): void {
  if (status === 'settled') {
    joinBatch(ledger, sale);
  } else if (status === 'voided') {
    ledger.void(sale, null, 'control_panel');
  } else if (status === 'submitted_for_settlement' || status === 'settling') {
    scheduleSettlement(ledger, sale);
  }
}
