import {
  oneLine,
  redact,
  transportUnavailable,
  unavailable,
  type Exchange,
  type HttpFact,
  type PaymentAnswer,
  type PaymentRef,
  type ProviderAccount,
} from '#libs/provider-kit';
import { ZERO, type PaymentReading } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { readSum } from './amount.ts';
import { callApi, secretsOf, type RobokassaApi } from './api-call.ts';
import { paymentCurrency } from './currency.ts';
import { readOperationState, type OperationState } from './operation-state.ts';
import { OP_KEY } from './options.ts';
import { operationMeaning, resultMeaning } from './status-table.ts';

/** `GET OpStateExt`, signed with Password #2. */
export async function askOperationState(
  api: RobokassaApi,
  account: ProviderAccount,
  invoiceId: string,
  signal: AbortSignal,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const credentials = credentialsOf(account);
  const signature = credentials.paymentSignature(invoiceId);
  const query = new URLSearchParams({
    MerchantLogin: credentials.login,
    InvoiceID: invoiceId,
    Signature: signature,
  });
  const url = `${credentials.paymentsUrl}/Merchant/WebService/Service.asmx/OpStateExt?${query.toString()}`;
  return await callApi(api, account, { method: 'GET', url, secrets: [signature] }, signal);
}

export async function readPayment(
  api: RobokassaApi,
  account: ProviderAccount,
  payment: PaymentRef,
  signal: AbortSignal,
): Promise<PaymentAnswer> {
  const { fact, exchange } = await askOperationState(api, account, payment.paymentId, signal);
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') {
    return { ...(lost ?? unavailable('noAnswer', 'no answer')), exchange };
  }
  if (fact.httpStatus !== 200) {
    return { ...unavailable('noAnswer', `HTTP ${String(fact.httpStatus)}`, fact.retryAfterMs), exchange };
  }
  const state = readOperationState(fact.body);
  if (state === null)
    return { ...unavailable('noAnswer', 'the answer is no state of an operation'), exchange };
  const { description } = state;
  const currency = paymentCurrency(state.outCurrLabel, credentialsOf(account).currency);
  const words = description === null ? '' : `: ${redact(description, secretsOf(account, description))}`;
  const text = oneLine(`result ${state.resultCode}${words}`);
  switch (resultMeaning(state.resultCode)) {
    case 'answered':
      return answered(state, currency, exchange);
    case 'credentials':
      return { ...unavailable('credentials', text), exchange };
    case 'notFound':
      return { kind: 'notFound', text, exchange };
    case 'ambiguous':
      // Two operations have this invoice id, one of them a test. It stays so, and which one a key would belong to is not told.
      return { kind: 'read', reading: nothing('PAYMENT_NOT_REFUNDABLE', currency), exchange };
    case 'trouble':
    case null:
      return { ...unavailable('noAnswer', text), exchange };
  }
}

function nothing(because: string, currency: string): PaymentReading {
  return { captured: ZERO, refundedTotal: null, currency, refundable: 'never', because };
}

function answered(state: OperationState, currency: string, exchange: Exchange): PaymentAnswer {
  const reading = readState(state, currency);
  return typeof reading === 'string'
    ? { ...unavailable('noAnswer', oneLine(reading)), exchange }
    : { kind: 'read', reading, exchange };
}

/** The reading, or why the answer gives none. */
function readState(state: OperationState, currency: string): PaymentReading | string {
  const { stateCode, outSum, opKey } = state;
  const meaning = operationMeaning(stateCode ?? '');
  if (meaning === null) return `operation state ${stateCode ?? ''} is not listed`;
  if (meaning === 'notCaptured') return nothing('PAYMENT_NOT_CAPTURED', currency);
  if (meaning === 'returned') return nothing('PAYMENT_NOT_REFUNDABLE', currency);
  const captured = readSum(outSum);
  if (captured === null) return 'the sum cannot be read';
  // A key of another form must not be taken for none: that would end the refund.
  if (opKey !== null && opKey !== '' && !OP_KEY.test(opKey)) return 'the operation key cannot be read';
  const handle = opKey === null || opKey === '' ? {} : { handle: opKey };
  const isNow = meaning === 'captured';
  return {
    captured,
    currency,
    // Never shown: a payment that was refunded in full is still complete. Our own sums are the guard.
    refundedTotal: null,
    refundable: isNow ? 'now' : 'later',
    because: isNow ? null : 'NOT_SETTLED',
    ...handle,
  };
}
