import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answered, type AcceptedCall } from '../calls/answer.ts';
import type { CallOperation } from '../calls/fault.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type { ProviderFront } from '../calls/provider-front.ts';
import { emptyAnswer } from './answers.ts';
import type { BraintreeLedger } from './ledger.ts';
import { acceptFind, acceptLineItems } from './reading.ts';
import { acceptRefund } from './refund.ts';
import { isFields, parsedBody } from './request-body.ts';
import { acceptSale } from './sale.ts';
import { acceptIdSearch, acceptSearch } from './search.ts';
import { acceptSubmission } from './submission.ts';
import { acceptTestingCall, testingCalls } from './testing-calls.ts';
import { acceptVoid } from './void.ts';

export interface BraintreeRouteSurroundings {
  readonly front: ProviderFront;
  readonly calls: ProviderCalls;
  /** Asked for on every call, because a reset replaces the ledger. */
  readonly ledger: () => BraintreeLedger;
}

type Accept = (ledger: BraintreeLedger, request: FastifyRequest) => AcceptedCall;
type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/** Every path of Braintree that has to do with refunds, and those that make something to refund; any other one is 404. */
export function registerBraintreeRoutes(
  app: FastifyInstance,
  { calls, front, ledger }: BraintreeRouteSurroundings,
): void {
  const on = (operation: CallOperation, accept: Accept): Handler =>
    calls.handler(front, operation, (request) => accept(ledger(), request));
  /** One path, two operations: which one a call is decides which faults reach it. */
  const either = (
    first: Handler,
    second: Handler,
    isFirst: (request: FastifyRequest) => boolean,
  ): Handler => {
    return (request, reply) => (isFirst(request) ? first : second)(request, reply);
  };
  const isAboutRefund = (request: FastifyRequest): boolean => {
    const { transactionId } = request.params as { transactionId: string };
    return ledger().find(transactionId)?.type === 'credit';
  };
  const read = (accept: Accept): Handler =>
    either(on('lookup', accept), on('payment', accept), isAboutRefund);
  app.register(
    (merchant, _options, done) => {
      merchant.setNotFoundHandler(on('other', () => answered(emptyAnswer(404))));
      merchant.post(
        '/transactions',
        either(on('create', acceptSale), on('other', acceptSale), asksForCredit),
      );
      merchant.post('/transactions/advanced_search_ids', on('lookup', acceptIdSearch));
      merchant.post('/transactions/advanced_search', on('lookup', acceptSearch));
      merchant.post('/transactions/:transactionId/refund', on('create', acceptRefund));
      merchant.put('/transactions/:transactionId/void', on('create', acceptVoid));
      merchant.put('/transactions/:transactionId/submit_for_settlement', on('other', acceptSubmission));
      merchant.get('/transactions/:transactionId', read(acceptFind));
      merchant.get('/transactions/:transactionId/line_items', read(acceptLineItems));
      for (const [name, simulate] of Object.entries(testingCalls)) {
        merchant.put(`/transactions/:transactionId/${name}`, on('other', acceptTestingCall(simulate)));
      }
      done();
    },
    { prefix: '/merchants/:merchantId' },
  );
}

function asksForCredit(request: FastifyRequest): boolean {
  const transaction = parsedBody(request)?.['transaction'];
  return isFields(transaction) && transaction['type'] === 'credit';
}
