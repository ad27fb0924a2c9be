import type { AdminFields } from '../admin/admin-fields.ts';
import { invalidRequest } from '../admin/admin-refusal.ts';
import { decimalsOf, isCurrency, isPayable, toMinorUnits } from './currencies.ts';
import { paymentStatuses, refundLimits, type NewPayment } from './ledger.ts';

const methods = ['card', 'upi', 'netbanking', 'wallet', 'emi'] as const;

/** Reads the Razorpay form of `POST /_sandbox/payments`; throws AdminRefusal. */
export function readNewPayment(fields: AdminFields): NewPayment {
  const currency = fields.requiredText('currency');
  if (!isCurrency(currency)) {
    throw invalidRequest(`"currency" must be a three-letter currency code in capitals, not "${currency}"`);
  }
  const amount = toMinorUnits(fields.requiredText('amount'), currency);
  if (amount === undefined || amount === 0 || !isPayable(amount, currency)) {
    throw invalidRequest(
      `"amount" must be a decimal string above 0 in major units with at most ${decimalsOf(currency)} decimals, such as "500${decimalsOf(currency) === 0 ? '' : '.00'}"`,
    );
  }
  const captured = fields.flag('captured');
  const status = fields.oneOf('status', paymentStatuses) ?? (captured === false ? 'authorized' : 'captured');
  if (captured !== undefined && captured !== (status === 'captured')) {
    throw invalidRequest(`"captured": ${captured} contradicts "status": "${status}"`);
  }
  const method = fields.oneOf('method', methods) ?? 'card';
  const refundLimit = fields.oneOf('refundLimit', refundLimits) ?? null;
  fields.finish();
  return { amount, currency, status, method, refundLimit };
}
