import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answered, jsonAnswer, type AcceptedCall, type Answer } from '../calls/answer.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type { ProviderFront } from '../calls/provider-front.ts';
import { acceptCapture } from './capture.ts';
import { collection, paymentEntity, refundEntity } from './entities.ts';
import { description, refusal } from './errors.ts';
import { aboutPayment, aboutRefund, missingRefund } from './found.ts';
import type { RazorpayLedger, RazorpayRefund } from './ledger.ts';
import { newestFirst, readPage, type Page } from './listing.ts';
import { acceptNotesUpdate } from './notes-update.ts';
import { acceptRefundCreation } from './refund-creation.ts';

export interface RazorpayRouteSurroundings {
  readonly front: ProviderFront;
  readonly calls: ProviderCalls;
  /** Asked for on every call, because a reset replaces the ledger. */
  readonly ledger: () => RazorpayLedger;
  readonly announceCreated: (refund: RazorpayRefund) => void;
}

type Accept = (ledger: RazorpayLedger, request: FastifyRequest) => AcceptedCall;

/** Every path of Razorpay that has to do with refunds; any other one answers as Razorpay does for a wrong URL. */
export function registerRazorpayRoutes(app: FastifyInstance, surroundings: RazorpayRouteSurroundings): void {
  const { calls, front, ledger } = surroundings;
  const on = (operation: Parameters<ProviderCalls['handler']>[1], accept: Accept) =>
    calls.handler(front, operation, (request) => accept(ledger(), request));
  app.register(
    (v1, _options, done) => {
      v1.setNotFoundHandler(on('other', () => answered(refusal(description.urlNotFound))));
      v1.post(
        '/payments/:paymentId/refund',
        on('create', (books, request) => acceptRefundCreation(books, request, surroundings.announceCreated)),
      );
      v1.get('/payments/:paymentId/refunds', on('lookup', refundsOfPayment));
      v1.get('/payments/:paymentId/refunds/:refundId', on('lookup', refundOfPayment));
      v1.get('/refunds', on('lookup', allRefunds));
      v1.get('/refunds/:refundId', on('lookup', oneRefund));
      v1.patch('/refunds/:refundId', on('other', acceptNotesUpdate));
      v1.get('/payments', on('payment', allPayments));
      v1.get('/payments/:paymentId', on('payment', onePayment));
      v1.post('/payments/:paymentId/capture', on('other', acceptCapture));
      done();
    },
    { prefix: '/v1' },
  );
}

/** A page is read when its answer is due, after the latency, so it shows what was booked meanwhile. */
function paged(request: FastifyRequest, read: (page: Page) => Answer): AcceptedCall {
  const paging = readPage(request);
  return paging.kind === 'refused' ? answered(paging.answer) : { perform: () => read(paging.page) };
}

const refundEntities = (ledger: RazorpayLedger, refunds: readonly RazorpayRefund[]) => {
  const { nowMs } = ledger;
  return refunds.map((refund) => refundEntity(refund, nowMs));
};

const refundsOfPayment: Accept = (ledger, request) =>
  paged(request, (page) =>
    aboutPayment(ledger, request, (payment) =>
      jsonAnswer(200, collection(refundEntities(ledger, newestFirst(payment.refunds, page)))),
    ),
  );

const refundOfPayment: Accept = (ledger, request) => ({
  perform: () =>
    aboutPayment(ledger, request, (payment) =>
      aboutRefund(ledger, request, (refund) =>
        refund.payment === payment
          ? jsonAnswer(200, refundEntity(refund, ledger.nowMs))
          : missingRefund(refund.id),
      ),
    ),
});

const allRefunds: Accept = (ledger, request) =>
  paged(request, (page) =>
    jsonAnswer(200, collection(refundEntities(ledger, newestFirst(ledger.refunds, page)))),
  );

const oneRefund: Accept = (ledger, request) => ({
  perform: () =>
    aboutRefund(ledger, request, (refund) => jsonAnswer(200, refundEntity(refund, ledger.nowMs))),
});

const allPayments: Accept = (ledger, request) =>
  paged(request, (page) =>
    jsonAnswer(200, collection(newestFirst(ledger.payments, page).map(paymentEntity))),
  );

const onePayment: Accept = (ledger, request) => ({
  perform: () => aboutPayment(ledger, request, (payment) => jsonAnswer(200, paymentEntity(payment))),
});
