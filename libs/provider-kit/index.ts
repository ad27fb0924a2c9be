export type * from './ports.ts';
export { differences, type Echo } from './answer-check.ts';
export { attemptKey, attemptReference, looksLikeReference, REFERENCE_FORM } from './attempt-identity.ts';
export {
  asCount,
  asList,
  asObject,
  asText,
  InexactNumber,
  member,
  parseJsonObject,
  type Json,
  type JsonObject,
} from './exact-json.ts';
export { createHttpEdge, tellingWhenSent, type HttpEdge, type HttpEdgeOptions } from './http/edge.ts';
export type { Answered, HttpCall, HttpFact } from './http/http-fact.ts';
export { recordedExchange } from './http/recorded-exchange.ts';
export { oneLine, redact, storable } from './http/redact.ts';
export { ListingUnavailable } from './listing-unavailable.ts';
export { fromMinorUnits, toMinorUnits } from './minor-units.ts';
export { checkOptionsBy } from './option-check.ts';
export { declined, notApplied, unknown } from './outcomes.ts';
export {
  transportOutcome,
  transportUnavailable,
  unavailable,
  type Unavailable,
} from './transport-outcome.ts';
