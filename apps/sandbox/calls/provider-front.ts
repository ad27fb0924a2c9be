import type { FastifyRequest } from 'fastify';
import type { ProviderName } from '../provider-name.ts';
import type { Answer } from './answer.ts';
import type { EchoField } from './fault.ts';

/** The part of a provider that every call passes, before and after the work itself. */
export interface ProviderFront {
  readonly provider: ProviderName;
  /** Null when the credentials are right, otherwise the provider's own refusal. Must be cheap: it runs on every call. */
  authenticate(request: FastifyRequest): Answer | null;
  /** The provider's answer to a call under fault `status` or `rate-limit`: nothing was processed. */
  faultAnswer(status: number, description: string | undefined): Answer;
  /** The same answer with one echoed value wrong; an answer that echoes nothing comes back unchanged. */
  distortEcho(answer: Answer, field: EchoField): Answer;
}
