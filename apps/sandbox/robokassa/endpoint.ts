import type { FastifyRequest } from 'fastify';
import type { AcceptedCall, Answer } from '../calls/answer.ts';
import type { ProviderFront } from '../calls/provider-front.ts';
import type { RobokassaLedger } from './ledger.ts';

/**
 * One of RoboKassa's paths. Each has its own way to authenticate, to write errors and to echo: signed parameters with namespaced XML, a
 * token with JSON, nothing at all with JSON, a signed document with flat XML.
 */
export interface Endpoint extends Pick<ProviderFront, 'faultAnswer' | 'distortEcho'> {
  authenticate(ledger: RobokassaLedger, request: FastifyRequest): Answer | null;
  accept(ledger: RobokassaLedger, request: FastifyRequest): AcceptedCall;
}
