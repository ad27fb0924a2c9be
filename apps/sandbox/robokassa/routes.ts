import type { FastifyInstance } from 'fastify';
import type { CallOperation } from '../calls/fault.ts';
import type { ProviderCalls } from '../calls/provider-calls.ts';
import type { ProviderFront } from '../calls/provider-front.ts';
import type { Endpoint } from './endpoint.ts';
import type { RobokassaLedger } from './ledger.ts';
import { legacyRefund, legacyRefundStatus } from './legacy-refunds.ts';
import { operationState } from './operation-state.ts';
import { refundCreation } from './refund-creation.ts';
import { refundState } from './refund-state.ts';

const xmlService = '/Merchant/WebService/Service.asmx';
const refundService = '/RefundService/Refund';

/** Every path of RoboKassa that has to do with refunds. `ledger` is asked for on every call, because a reset replaces it. */
export function registerRobokassaRoutes(
  app: FastifyInstance,
  calls: ProviderCalls,
  ledger: () => RobokassaLedger,
): void {
  const on = (operation: CallOperation, endpoint: Endpoint): ReturnType<ProviderCalls['handler']> => {
    const front: ProviderFront = {
      provider: 'robokassa',
      authenticate: (request) => endpoint.authenticate(ledger(), request),
      faultAnswer: endpoint.faultAnswer,
      distortEcho: endpoint.distortEcho,
    };
    return calls.handler(front, operation, (request) => endpoint.accept(ledger(), request));
  };
  app.get(`${xmlService}/OpStateExt`, on('payment', operationState));
  app.post(`${xmlService}/OpStateExt`, on('payment', operationState));
  app.post(`${xmlService}/OpRefund`, on('create', legacyRefund));
  app.post(`${xmlService}/OpRefundStatus`, on('lookup', legacyRefundStatus));
  app.post(`${refundService}/Create`, on('create', refundCreation));
  app.get(`${refundService}/GetState`, on('lookup', refundState));
}
