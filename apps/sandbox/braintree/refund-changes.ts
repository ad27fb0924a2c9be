import { AdminRefusal } from '../admin/admin-refusal.ts';
import type { RefundChange } from '../simulator.ts';
import type { BraintreeLedger } from './ledger.ts';
import { awaitsSettlement, declineSettlement, settle } from './settlement.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { canBeVoided } from './void.ts';

/** What the bank or the merchant does to a refund later. Repeating what already happened changes nothing and announces nothing. */
export function changeRefund(
  ledger: BraintreeLedger,
  refund: BraintreeTransaction,
  change: RefundChange,
): void {
  if (refund.status === statusAfter(change)) {
    return;
  }
  const isOpen = awaitsSettlement(refund);
  switch (change) {
    case 'settle':
      demand(isOpen, refund, change);
      settle(ledger, refund, '');
      return;
    case 'decline':
      demand(isOpen || refund.status === 'settled', refund, change);
      declineSettlement(ledger, refund, '4001', '');
      return;
    case 'reverse':
      demand(refund.status === 'settled', refund, change);
      declineSettlement(ledger, refund, '4001', '');
      return;
    case 'fail':
      demand(isOpen || refund.status === 'settled', refund, change);
      ledger.move(refund, 'failed', '');
      ledger.announce('refund_failed', refund);
      return;
    case 'cancel':
      demand(canBeVoided(refund), refund, change);
      ledger.void(refund, null, 'control_panel');
  }
}

function statusAfter(change: RefundChange): BraintreeTransaction['status'] {
  switch (change) {
    case 'settle':
      return 'settled';
    case 'decline':
    case 'reverse':
      return 'settlement_declined';
    case 'fail':
      return 'failed';
    case 'cancel':
      return 'voided';
  }
}

function demand(isPossible: boolean, refund: BraintreeTransaction, change: RefundChange): void {
  if (!isPossible) {
    throw new AdminRefusal(
      'NOT_POSSIBLE',
      `${refund.id} is ${refund.status}: "${change}" cannot happen to it`,
    );
  }
}
