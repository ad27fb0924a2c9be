import type { SoughtRefund } from '#libs/provider-kit';

/** Nothing of ours travels to RoboKassa, so only invoice, amount and minute tell which of its refunds is this one. */
export function whereToLook({ paymentId, amount, currency, calledAtMs }: SoughtRefund): readonly string[] {
  const sum = amount === null ? '' : ` of ${amount} ${currency}`;
  return [
    `cabinet, operations: open the operation of invoice ${paymentId} and its refunds`,
    calledAtMs === null
      ? `is there a refund${sum} that no other refund of Refundry explains?`
      : `is there a refund${sum} made within a minute of ${new Date(calledAtMs).toISOString()}?`,
    'a refund made by hand in the cabinet looks alike: ask whoever has access',
    'support can tell the number of the request (a GUID); with --request-id Refundry asks for its state itself',
  ];
}
