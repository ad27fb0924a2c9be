import { isFields, textOfField, type Fields } from './request-body.ts';
import type { GatewayRejectionReason, Instrument, PaymentMethod } from './transaction.ts';
import { invalid, type ValidationError } from './validation-errors.ts';

/** What paying with an instrument comes to, whatever the amount. */
export type Fate =
  | { readonly kind: 'as-the-amount-says' }
  | { readonly kind: 'declined' | 'network-failure' }
  | { readonly kind: 'rejected'; readonly reason: GatewayRejectionReason };

export type InstrumentReading =
  | { readonly kind: 'instrument'; readonly instrument: Instrument; readonly fate: Fate }
  | { readonly kind: 'refused'; readonly errors: readonly ValidationError[] };

const ordinary: Fate = { kind: 'as-the-amount-says' };

const cards: Readonly<Record<string, { readonly cardType: string; readonly number: string }>> = {
  visa: { cardType: 'Visa', number: '4012888888881881' },
  mastercard: { cardType: 'MasterCard', number: '5555555555554444' },
  amex: { cardType: 'American Express', number: '378282246310005' },
  discover: { cardType: 'Discover', number: '6011111111111117' },
  jcb: { cardType: 'JCB', number: '3530111333300000' },
  maestro: { cardType: 'Maestro', number: '6304000000000000' },
  dinersclub: { cardType: 'Diners Club', number: '36259600000004' },
};

const otherNonces: Readonly<Record<string, PaymentMethod>> = {
  'fake-paypal-one-time-nonce': 'paypal',
  'fake-paypal-billing-agreement-nonce': 'paypal',
  'fake-us-bank-account-nonce': 'us_bank_account',
  'fake-sepa-direct-debit-nonce': 'sepa_debit',
};

const rejectedNonces: Readonly<Record<string, GatewayRejectionReason>> = {
  'fake-gateway-rejected-fraud-nonce': 'fraud',
  'fake-gateway-rejected-risk-thresholds-nonce': 'risk_threshold',
};

const rejectedNumbers: Readonly<Record<string, GatewayRejectionReason>> = {
  '4000111111111511': 'fraud',
  '4111130000000003': 'risk_threshold',
};

export function instrumentOf(method: PaymentMethod): Instrument {
  return method === 'card' ? cardNamed('visa') : { ...noCard, method };
}

/** A nonce of the vendor's testing page, or a card. There is no vault, so no token is known. */
export function readInstrument(fields: Fields): InstrumentReading {
  const nonce = textOfField(fields, 'payment_method_nonce');
  if (nonce !== undefined) {
    return ofNonce(nonce);
  }
  const card = fields['credit_card'];
  if (isFields(card)) {
    return ofCard(card);
  }
  const hasToken = textOfField(fields, 'payment_method_token') !== undefined;
  return { kind: 'refused', errors: [hasToken ? invalid.tokenUnknown : invalid.instrumentMissing] };
}

function ofNonce(nonce: string): InstrumentReading {
  const method = otherNonces[nonce];
  if (method !== undefined) {
    return { kind: 'instrument', instrument: instrumentOf(method), fate: ordinary };
  }
  const reason = rejectedNonces[nonce];
  if (reason !== undefined) {
    return { kind: 'instrument', instrument: cardNamed('visa'), fate: { kind: 'rejected', reason } };
  }
  const [, fate, brand] =
    /^fake-(valid|processor-declined|processor-failure)(?:-([a-z]+)[a-z-]*)?-nonce$/.exec(nonce) ?? [];
  const instrument = cardNamed(brand ?? 'visa');
  switch (fate) {
    case undefined:
      break;
    case 'valid':
      return { kind: 'instrument', instrument, fate: ordinary };
    case 'processor-declined':
      return { kind: 'instrument', instrument, fate: { kind: 'declined' } };
    case 'processor-failure':
      return { kind: 'instrument', instrument, fate: { kind: 'network-failure' } };
  }
  const isConsumed = nonce === 'fake-consumed-nonce';
  return { kind: 'refused', errors: [isConsumed ? invalid.nonceConsumed : invalid.nonceUnknown] };
}

function ofCard(card: Fields): InstrumentReading {
  const number = (textOfField(card, 'number') ?? '').replaceAll(/[ -]/g, '');
  const [month, year] = expirationOf(card);
  const errors: ValidationError[] = [];
  const report = (code: string, attribute: string, message: string): void => {
    errors.push({ code, attribute, message, path: ['credit-card'] });
  };
  if (number === '') {
    report('81714', 'number', 'Credit card number is required.');
  } else if (!/^\d{12,19}$/.test(number)) {
    report('81716', 'number', 'Credit card number must be 12-19 digits.');
  } else if (!passesLuhn(number)) {
    report('81715', 'number', 'Credit card number is invalid.');
  }
  if (month === undefined || year === undefined) {
    report('81709', 'expiration_date', 'Expiration date is required.');
  }
  if (errors.length > 0) {
    return { kind: 'refused', errors };
  }
  const instrument = {
    ...cardWith(cardTypeOf(number), number),
    expirationMonth: month ?? null,
    expirationYear: year ?? null,
  };
  const reason = rejectedNumbers[number];
  return {
    kind: 'instrument',
    instrument,
    fate: reason === undefined ? ordinary : { kind: 'rejected', reason },
  };
}

/** `expiration_date` as MM/YY or MM/YYYY, or month and year apart. */
function expirationOf(card: Fields): readonly [string | undefined, string | undefined] {
  const date = textOfField(card, 'expiration_date');
  const [month, year] = date?.split('/') ?? [
    textOfField(card, 'expiration_month'),
    textOfField(card, 'expiration_year'),
  ];
  return [month?.padStart(2, '0'), year?.length === 2 ? `20${year}` : year];
}

const noCard: Omit<Instrument, 'method'> = {
  cardType: null,
  bin: null,
  last4: null,
  expirationMonth: null,
  expirationYear: null,
};

const namedCards = new Map(
  Object.entries(cards).map(([name, { cardType, number }]) => [name, cardWith(cardType, number)]),
);
const visa = cardWith('Visa', '4012888888881881');

function cardNamed(brand: string): Instrument {
  return namedCards.get(brand) ?? visa;
}

function cardWith(cardType: string, number: string): Instrument {
  return {
    method: 'card',
    cardType,
    bin: number.slice(0, 6),
    last4: number.slice(-4),
    expirationMonth: '12',
    expirationYear: '2035',
  };
}

function cardTypeOf(number: string): string {
  const byPrefix: readonly (readonly [RegExp, string])[] = [
    [/^4/, 'Visa'],
    [/^(5[1-5]|2[2-7])/, 'MasterCard'],
    [/^3[47]/, 'American Express'],
    [/^(6011|64[4-9]|65)/, 'Discover'],
    [/^35/, 'JCB'],
    [/^3[0689]/, 'Diners Club'],
    [/^(50|5[6-9]|6[0379])/, 'Maestro'],
  ];
  return byPrefix.find(([prefix]) => prefix.test(number))?.[1] ?? 'Unknown';
}

function passesLuhn(number: string): boolean {
  let sum = 0;
  for (let index = 0; index < number.length; index += 1) {
    const digit = Number(number.at(-1 - index));
    const value = digit * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
