import { Decimal } from 'decimal.js';
import {
  asCount,
  asText,
  fromMinorUnits,
  member,
  oneLine,
  parseJsonObject,
  transportUnavailable,
  unavailable,
  type JsonObject,
  type PaymentAnswer,
  type PaymentRef,
  type ProviderAccount,
} from '#libs/provider-kit';
import { ZERO, type PaymentReading } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, type AcmeApi } from './api-call.ts';
import { exponentOf } from './currency.ts';
import { refusedRead } from './refusal.ts';
import { paymentStatus } from './status-table.ts';

/** `GET /acme/payments/{id}`. */
export async function readPayment(
  api: AcmeApi,
  account: ProviderAccount,
  payment: PaymentRef,
  signal: AbortSignal,
): Promise<PaymentAnswer> {
  const request = { method: 'GET', path: `/payments/${encodeURIComponent(payment.paymentId)}` } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') {
    return { ...(lost ?? unavailable('noAnswer', 'no answer')), exchange };
  }
  if (fact.httpStatus !== 200) return { ...refusedRead(fact, credentialsOf(account).secrets()), exchange };
  const reading = readEntity(parseJsonObject(fact.body) ?? {}, payment.paymentId);
  return typeof reading === 'string'
    ? { ...unavailable('noAnswer', reading), exchange }
    : { kind: 'read', reading, exchange };
}

/** The reading, or why the answer gives none. */
function readEntity(entity: JsonObject, paymentId: string): PaymentReading | string {
  const text = (name: string) => asText(member(entity, name)) ?? '';
  if (text('id') !== paymentId) return oneLine(`the answer is about payment ${text('id')}`);
  const currency = text('currency');
  const exponent = exponentOf(currency);
  if (exponent === null) return oneLine(`currency ${currency} is not listed`);
  switch (paymentStatus(text('status'))) {
    case 'captured': {
      const amount = asCount(member(entity, 'amount'));
      const refunded = asCount(member(entity, 'refunded'));
      if (amount === null || refunded === null) return 'the amounts cannot be read';
      return {
        captured: new Decimal(fromMinorUnits(amount, exponent)),
        refundedTotal: new Decimal(fromMinorUnits(refunded, exponent)),
        currency,
        refundable: refunded >= amount ? 'never' : 'now',
        because: refunded >= amount ? 'ALREADY_REFUNDED' : null,
      };
    }
    case 'notCaptured':
      return {
        captured: ZERO,
        refundedTotal: ZERO,
        currency,
        refundable: 'never',
        because: 'PAYMENT_NOT_CAPTURED',
      };
    case null:
      return oneLine(`payment status ${text('status')} is not listed`);
  }
}
