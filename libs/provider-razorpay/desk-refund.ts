import {
  asObject,
  asText,
  fromMinorUnits,
  member,
  unavailable,
  type DeskRefund,
  type DeskTrouble,
  type Exchange,
  type JsonObject,
  type Unavailable,
} from '#libs/provider-kit';
import { exponentOf } from './currency.ts';
import { readRefund } from './refund-entity.ts';

/** A refund for a person's eyes. Null when it is no refund at all; a field that cannot be read leaves its column empty. */
export function deskRefundOf(entity: JsonObject): DeskRefund | null {
  const refund = readRefund(entity);
  if (refund === null) return null;
  const { amount, currency } = refund;
  const exponent = currency === null ? null : exponentOf(currency);
  return {
    providerRefundId: refund.id,
    paymentId: refund.paymentId,
    amount: amount === null || exponent === null ? null : fromMinorUnits(amount, exponent),
    currency,
    status: refund.status,
    createdAtMs: refund.createdAtMs,
    references: referencesOf(entity),
    refundId: refund.notedRefundId,
    entity,
  };
}

/** The receipt, the batch and whatever the acquirer gave, by Razorpay's names. */
function referencesOf(entity: JsonObject): Readonly<Record<string, string>> {
  const acquirer = Object.entries(asObject(member(entity, 'acquirer_data')) ?? {});
  const named = [
    ...acquirer,
    ...['receipt', 'batch_id'].map((name) => [name, member(entity, name)] as const),
  ];
  return Object.fromEntries(
    named.flatMap(([name, value]) => {
      const text = asText(value);
      return text === null || text === '' ? [] : [[name, text]];
    }),
  );
}

/** What went wrong with a question. Status 400 without a rule for it is an answer: Razorpay did not like what was asked. */
export function troubleOf(why: Unavailable, exchange: Exchange): DeskTrouble {
  return why.because === 'noAnswer' && exchange.httpStatus === 400
    ? { kind: 'refused', text: why.text }
    : why;
}

export function noRefund(): DeskTrouble {
  return unavailable('noAnswer', 'the answer is not the refund that was asked for');
}
