import { Decimal } from 'decimal.js';
import {
  attemptReference,
  type OptionFault,
  type PreparedAttempt,
  type ProviderAccount,
  type RefundTask,
  type RefusedTask,
} from '#libs/provider-kit';
import { ZERO, type PaymentReading } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { sumLiteral } from './amount.ts';
import type { RobokassaInvoiceItem, RobokassaOptions } from './options.ts';
import { prepareLegacy } from './v1/prepare.ts';

/**
 * The payload of the token, byte for byte as it is stored and signed. `RefundSum` is always written: an absent one means "everything that is left" at the
 * moment the request arrives, which another refund may have changed. The reference stays with us: nothing of ours travels with a request.
 */
export function prepare(
  account: ProviderAccount,
  task: RefundTask,
  reading: PaymentReading | null,
  attemptNo: number,
): PreparedAttempt | RefusedTask {
  const options = task.options as RobokassaOptions;
  const credentials = credentialsOf(account);
  if (task.currency !== credentials.currency)
    return refused('CURRENCY_UNSUPPORTED', 'currency', `this shop works in ${credentials.currency}`);
  if (credentials.api === 'v1') return prepareLegacy(credentials.login, task, attemptNo);
  const shown = reading?.handle ?? task.paymentHandle;
  const opKey = options.opKey ?? shown;
  if (opKey === null)
    return refused('PAYMENT_HANDLE_MISSING', 'opKey', 'RoboKassa shows no operation key of this payment');
  // Of another operation it would give back another payment's money, which our sums count as this one's.
  if (shown !== null && opKey !== shown)
    return refused('OPTIONS_INVALID', 'opKey', 'opKey is not the operation key that RoboKassa shows');
  const items = options.invoiceItems ?? [];
  const total = items.reduce((sum, item) => sum.plus(lineTotal(item)), ZERO);
  if (items.length > 0 && !total.eq(task.amount)) {
    const text = `invoiceItems are worth ${total.toFixed(2)}, the refund is ${sumLiteral(task.amount)}`;
    return refused('OPTIONS_INVALID', 'invoiceItems', text);
  }
  const members = [`"OpKey":${JSON.stringify(opKey)}`, `"RefundSum":${sumLiteral(task.amount)}`];
  if (items.length > 0) members.push(`"InvoiceItems":[${items.map(itemText).join(',')}]`);
  return {
    action: 'refund',
    key: null,
    reference: attemptReference(task.refundId, attemptNo),
    content: `{${members.join(',')}}`,
    sameKeyForMs: null,
  };
}

/** A receipt's line is rounded to whole kopecks, as cash registers do. */
function lineTotal({ cost, quantity }: RobokassaInvoiceItem): Decimal {
  return new Decimal(cost).times(quantity).toDecimalPlaces(2, Decimal.ROUND_HALF_UP);
}

/** The caller's decimals become number literals as they are; the checked form is one that JSON has. */
function itemText(item: RobokassaInvoiceItem): string {
  const { name, quantity, cost, tax, paymentMethod, paymentObject } = item;
  const members = [
    `"Name":${JSON.stringify(name)}`,
    `"Quantity":${quantity}`,
    `"Cost":${cost}`,
    `"Tax":${JSON.stringify(tax)}`,
    ...(paymentMethod === undefined ? [] : [`"PaymentMethod":${JSON.stringify(paymentMethod)}`]),
    ...(paymentObject === undefined ? [] : [`"PaymentObject":${JSON.stringify(paymentObject)}`]),
  ];
  return `{${members.join(',')}}`;
}

function refused(code: string, field: string, message: string): RefusedTask {
  const fault: OptionFault = { code, field, message };
  return { refused: fault };
}
