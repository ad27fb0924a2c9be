import {
  attemptReference,
  type PreparedAttempt,
  type RefundTask,
  type RefusedTask,
} from '#libs/provider-kit';
import { sumLiteral } from '../amount.ts';
import { refundDocument } from './document.ts';

/**
 * One refund of an invoice and no more: the legacy interface shows one state for the whole invoice, so of two refunds nobody could tell which one it
 * speaks of, and the second would be taken for done when the first is.
 */
export function prepareLegacy(
  login: string,
  task: RefundTask,
  attemptNo: number,
): PreparedAttempt | RefusedTask {
  if (!task.alone) {
    const message =
      'the legacy interface of RoboKassa cannot tell a second refund of an invoice from the first';
    return { refused: { code: 'SECOND_REFUND_NOT_SUPPORTED', field: 'paymentId', message } };
  }
  const [option] = Object.keys(task.options);
  if (option !== undefined) {
    const message = `${option} is not an option of the legacy interface`;
    return { refused: { code: 'OPTIONS_INVALID', field: option, message } };
  }
  return {
    action: 'refund',
    key: null,
    reference: attemptReference(task.refundId, attemptNo),
    content: refundDocument({
      MerchantLogin: login,
      InvoiceID: task.paymentId,
      Amount: sumLiteral(task.amount),
    }),
    sameKeyForMs: null,
  };
}
