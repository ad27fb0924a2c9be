import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonAnswer, type Answer } from '../calls/answer.ts';
import type { CallOperation } from '../calls/fault.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type { ProviderFront } from '../calls/provider-front.ts';
import { paymentEntity, refundEntity } from './entities.ts';
import type { AcmeLedger } from './ledger.ts';
import { createRefund } from './refund-creation.ts';
import { refusal } from './refusal.ts';

type Endpoint = (ledger: AcmeLedger, request: FastifyRequest) => Answer;

/** Every path of Acme that has to do with refunds. `ledger` is asked for on every call, because a reset replaces it. */
export function registerAcmeRoutes(
  app: FastifyInstance,
  calls: ProviderCalls,
  front: ProviderFront,
  ledger: () => AcmeLedger,
): void {
  const on = (operation: CallOperation, endpoint: Endpoint): ReturnType<ProviderCalls['handler']> =>
    calls.handler(front, operation, (request) => ({ perform: () => endpoint(ledger(), request) }));
  app.post('/acme/refunds', on('create', createRefund));
  app.get('/acme/refunds', on('lookup', refundsByReference));
  app.get('/acme/refunds/:id', on('lookup', oneRefund));
  app.get('/acme/payments/:id', on('payment', onePayment));
}

const refundsByReference: Endpoint = (ledger, request) => {
  const { reference } = request.query as { reference?: string };
  if (reference === undefined) {
    return refusal('invalid_request');
  }
  const found = [...ledger.refunds.values()].filter((refund) => refund.reference === reference);
  return jsonAnswer(200, { object: 'list', data: found.map(refundEntity) });
};

const oneRefund: Endpoint = (ledger, request) => {
  const refund = ledger.refunds.get((request.params as { id: string }).id);
  return refund === undefined ? refusal('refund_not_found') : jsonAnswer(200, refundEntity(refund));
};

const onePayment: Endpoint = (ledger, request) => {
  const payment = ledger.payments.get((request.params as { id: string }).id);
  return payment === undefined ? refusal('payment_not_found') : jsonAnswer(200, paymentEntity(payment));
};
