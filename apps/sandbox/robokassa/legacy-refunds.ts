import { answered, type Answer } from '../calls/answer.ts';
import { toMinorUnits } from './amounts.ts';
import type { Endpoint } from './endpoint.ts';
import type { RobokassaLedger, RobokassaPayment, RobokassaRefund } from './ledger.ts';
import { legacyAnswer, legacyCode, readLegacyDocument, type LegacyDocument } from './legacy-document.ts';

/** Only 5 is documented. None of them has to do with OpStateExt's codes, where 5 is a payment without money. */
const stateOf: Record<RobokassaRefund['label'], number> = { processing: 1, finished: 5, canceled: 6 };
const sentenceOf: Record<RobokassaRefund['label'], string> = {
  processing: 'Refund is being processed',
  finished: 'Refund processed',
  canceled: 'Refund canceled',
};

type Perform = (ledger: RobokassaLedger, payment: RobokassaPayment, document: LegacyDocument) => Answer;

/** `OpRefund`, the older interface: named by invoice and executed within the call, so its answer is already the end of it. */
export const legacyRefund = legacyEndpoint(
  'RefundRequest',
  ['MerchantLogin', 'InvoiceID', 'Amount'],
  (ledger, payment, { Amount: text }) => {
    const amount = text === undefined ? null : toMinorUnits(text);
    if (amount === undefined || amount === 0) {
      return legacyAnswer(legacyCode.unreadable, 'Amount is no sum of money');
    }
    const refund = ledger.requestRefund(payment, amount);
    if (refund === null) {
      return legacyAnswer(legacyCode.notEnoughFunds, 'NotEnoughOperationFunds');
    }
    if (ledger.behaviour.finishAfterMs !== null) {
      ledger.execute(refund);
    }
    return stateAnswer(refund);
  },
);

/** `OpRefundStatus`: the state of an invoice's latest refund that still runs, or else of the latest one. */
export const legacyRefundStatus = legacyEndpoint(
  'RefundStatusRequest',
  ['MerchantLogin', 'InvoiceID'],
  (_ledger, { refunds }) => {
    const refund = refunds.findLast(({ label }) => label === 'processing') ?? refunds.at(-1);
    return refund === undefined
      ? legacyAnswer(legacyCode.notRefunded, 'No refund of this InvoiceID')
      : stateAnswer(refund);
  },
);

function legacyEndpoint(root: string, names: readonly string[], perform: Perform): Endpoint {
  return {
    authenticate(ledger, request) {
      const reading = readLegacyDocument(ledger, request, root, names);
      return reading.kind === 'refused' ? reading.answer : null;
    },

    accept(ledger, request) {
      const reading = readLegacyDocument(ledger, request, root, names);
      if (reading.kind === 'refused') {
        return answered(reading.answer);
      }
      const { document } = reading;
      return {
        perform: () => {
          const payment = ledger.payment(document['InvoiceID'] ?? '');
          return payment === undefined
            ? legacyAnswer(legacyCode.invoiceUnknown, 'Unknown InvoiceID')
            : perform(ledger, payment, document);
        },
      };
    },

    faultAnswer: (status, description) => ({
      ...legacyAnswer(legacyCode.internalError, description ?? 'Internal error'),
      status,
    }),

    /** Neither answer repeats anything of the payment. */
    distortEcho: (answer) => answer,
  };
}

function stateAnswer({ label }: RobokassaRefund): Answer {
  return legacyAnswer(legacyCode.done, sentenceOf[label], stateOf[label]);
}
