import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import type { EchoField } from '../calls/fault.ts';
import { toSixDecimals } from './amounts.ts';
import { MERCHANT_LOGIN, PASSWORD2 } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { RobokassaLedger, RobokassaPayment } from './ledger.ts';
import { isSignedWith } from './signature.ts';
import { xmlAnswer } from './xml-answer.ts';

const descriptions = {
  1: 'Неверная цифровая подпись запроса',
  2: 'Информация о магазине с таким MerchantLogin не найдена или магазин не активирован',
  3: 'Информация об операции с таким InvoiceID не найдена',
  4: 'Найдено две операции с таким InvoiceID',
  1000: 'Внутренняя ошибка сервиса',
} as const;

const MOSCOW_OFFSET_MS = 3 * 3_600_000;

/** `OpStateExt`: where a payment stands, and the operation key that a refund needs. What was refunded is not told: the state stays 100. */
export const operationState: Endpoint = {
  authenticate(ledger, request) {
    const { login, invoiceId, signature } = readQuestion(request);
    if (login !== MERCHANT_LOGIN) {
      return refusal(ledger, 2);
    }
    const values = [login, invoiceId, PASSWORD2];
    return isSignedWith(ledger.behaviour.hashAlgorithm, values, signature) ? null : refusal(ledger, 1);
  },

  accept(ledger, request) {
    const { invoiceId } = readQuestion(request);
    return {
      perform: () => {
        const payment = ledger.payment(invoiceId);
        if (payment === undefined) {
          return refusal(ledger, 3);
        }
        return payment.resultCode === 0 ? stateAnswer(ledger, payment) : refusal(ledger, payment.resultCode);
      },
    };
  },

  faultAnswer(status, description) {
    const result = { Result: { Code: 1000, Description: description ?? descriptions[1000] } };
    return xmlAnswer(status, { OperationStateResponse: result });
  },

  distortEcho(answer, field) {
    return { ...answer, body: distorted(answer.body, field) };
  },
};

/** Parameters come in the address or as a form; names in any case, as ASP.NET takes them. */
function readQuestion(request: FastifyRequest): {
  readonly login: string;
  readonly invoiceId: string;
  readonly signature: string;
} {
  const query = request.url.split('?')[1] ?? '';
  const form = typeof request.body === 'string' ? request.body : '';
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(`${query}&${form}`)) {
    values.set(name.toLowerCase(), value);
  }
  const named = (name: string): string => values.get(name) ?? '';
  return { login: named('merchantlogin'), invoiceId: named('invoiceid'), signature: named('signature') };
}

function refusal(ledger: RobokassaLedger, code: keyof typeof descriptions): Answer {
  return response(ledger, { Result: { Code: code, Description: descriptions[code] } });
}

function response(ledger: RobokassaLedger, content: Readonly<Record<string, unknown>>): Answer {
  const path = ledger.behaviour.namespace === 'auth.robokassa.ru' ? '/Merchant/WebService/' : '/WebService/';
  return xmlAnswer(200, {
    OperationStateResponse: {
      '@_xmlns:xsd': 'http://www.w3.org/2001/XMLSchema',
      '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      '@_xmlns': `http://${ledger.behaviour.namespace}${path}`,
      ...content,
    },
  });
}

function stateAnswer(ledger: RobokassaLedger, payment: RobokassaPayment): Answer {
  const date = timeOf(payment);
  const sum = toSixDecimals(payment.amount);
  return response(ledger, {
    Result: { Code: 0 },
    State: { Code: payment.state, RequestDate: date, StateDate: date },
    Info: {
      '@_xsi:type': 'OperationInfoExt',
      IncCurrLabel: 'BankCardPSR',
      IncSum: sum,
      IncAccount: '220220******0123',
      PaymentMethod: { Code: 'BankCard', Description: 'Банковская карта' },
      OutCurrLabel: ledger.behaviour.outCurrLabel ?? payment.currency,
      OutSum: sum,
      ...(payment.opKey === null ? {} : { OpKey: payment.opKey }),
      BankCardRRN: payment.invoiceId.padStart(12, '0').slice(-12),
    },
  });
}

/** Moscow time to 100 ns. The machine's clock ends at the millisecond; the invoice fills the rest, so that clients meet all seven digits. */
function timeOf({ createdAtMs, invoiceId }: RobokassaPayment): string {
  const moscow = new Date(createdAtMs + MOSCOW_OFFSET_MS).toISOString();
  return `${moscow.slice(0, -1)}${invoiceId.padStart(4, '0').slice(-4)}+03:00`;
}

function distorted(body: string, field: EchoField): string {
  switch (field) {
    case 'amount':
      return body.replace(/(<OutSum>)(\d+)/, (_all, tag: string, whole: string) => tag + (Number(whole) + 1));
    case 'currency':
      return body.replace(/(<OutCurrLabel>)[^<]*/, '$1USD');
    case 'payment':
      return body.replace(/(<OpKey>)[^<]*/, `$1${randomUUID().toUpperCase()}-0123456789`);
  }
}
