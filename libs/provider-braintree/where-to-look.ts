import type { SoughtRefund } from '#libs/provider-kit';

/** A refund of ours has our reference as its order id, unless the caller chose one; a void is the payment itself. */
export function whereToLook(refund: SoughtRefund): readonly string[] {
  const { paymentId, action, amount, currency, references, options, providerRefundId } = refund;
  const open = `Control Panel, transactions: open ${paymentId}`;
  if (action === 'void') return [`${open}; is its status voided, and who voided it?`];
  const known = providerRefundId === null ? [] : [`Control Panel, transactions: open ${providerRefundId}`];
  const chosen = options['orderId'];
  const search = typeof chosen === 'string' ? searchForChosen(chosen) : searchFor(references);
  return [
    ...known,
    ...search,
    `${open} and its refunds`,
    amount === null
      ? 'compare its amount with the request'
      : `does one show ${amount} ${currency}, and is it settled, voided, declined or failed?`,
  ];
}

function searchFor(references: readonly string[]): readonly string[] {
  return references.length === 0
    ? []
    : [`search transactions by order id ${references.join(' or ')}, type credit`];
}

/** A refund made in the Control Panel takes the order id over from the payment. */
function searchForChosen(orderId: string): readonly string[] {
  return [
    `search transactions by order id ${orderId}, type credit: the caller chose it, so others may have it too; who made each, and when?`,
  ];
}
