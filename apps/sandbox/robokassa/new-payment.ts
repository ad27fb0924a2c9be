import type { AdminFields } from '../admin/admin-fields.ts';
import { AdminRefusal, invalidRequest } from '../admin/admin-refusal.ts';
import { currencies, toMinorUnits } from './amounts.ts';
import { COMPLETED, operationStates, resultCodes, type NewPayment, type RobokassaLedger } from './ledger.ts';

/** Reads the RoboKassa form of `POST /_sandbox/payments`; throws AdminRefusal. */
export function readNewPayment(fields: AdminFields, ledger: RobokassaLedger): NewPayment {
  const currency = fields.requiredOneOf('currency', currencies);
  const amount = toMinorUnits(fields.requiredText('amount'));
  if (amount === undefined || amount === 0) {
    throw invalidRequest(
      '"amount" must be a decimal string above 0 with at most 2 decimals, such as "500.00"',
    );
  }
  const payment: NewPayment = {
    amount,
    currency,
    state: code(fields, 'state', operationStates) ?? COMPLETED,
    resultCode: code(fields, 'resultCode', resultCodes) ?? 0,
    invoiceId: readInvoiceId(fields),
    opKey: readOpKey(fields),
  };
  fields.finish();
  refuseTaken(payment, ledger);
  return payment;
}

function code<Code extends number>(
  fields: AdminFields,
  name: string,
  codes: readonly Code[],
): Code | undefined {
  const value = fields.raw(name);
  if (value === undefined) {
    return undefined;
  }
  const found = codes.find((candidate) => candidate === value);
  if (found === undefined) {
    throw invalidRequest(`"${name}" must be one of ${codes.join(', ')}`);
  }
  return found;
}

function readInvoiceId(fields: AdminFields): string | undefined {
  const invoiceId = fields.text('invoiceId');
  if (invoiceId !== undefined && !/^[1-9]\d{0,18}$/.test(invoiceId)) {
    throw invalidRequest('"invoiceId" must be a whole number above 0 as a string');
  }
  return invoiceId;
}

function readOpKey(fields: AdminFields): string | null | undefined {
  const opKey = fields.raw('opKey');
  if (opKey === undefined || opKey === null) {
    return opKey;
  }
  if (typeof opKey !== 'string' || opKey === '') {
    throw invalidRequest('"opKey" must be a string, or null for a payment method that gives none');
  }
  return opKey;
}

function refuseTaken({ invoiceId, opKey }: NewPayment, ledger: RobokassaLedger): void {
  if (invoiceId !== undefined && ledger.payment(invoiceId) !== undefined) {
    throw new AdminRefusal('NOT_POSSIBLE', `there is a payment with invoice id ${invoiceId} already`);
  }
  if (typeof opKey === 'string' && ledger.paymentOfOperation(opKey) !== undefined) {
    throw new AdminRefusal('NOT_POSSIBLE', `there is a payment with operation key ${opKey} already`);
  }
}
