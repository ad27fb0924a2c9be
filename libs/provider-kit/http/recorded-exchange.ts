import type { Exchange } from '../ports.ts';
import type { HttpEdge } from './edge.ts';
import type { HttpCall, HttpFact } from './http-fact.ts';
import { redact } from './redact.ts';

/** What must not be kept of an answer: known before the call, or also found in the answer itself (a number that is a secret is told by it). */
export type Secrets = readonly string[] | ((answer: string) => readonly string[]);

/** One call through the edge, with the record of it that the call log keeps. */
export async function recordedExchange(
  edge: HttpEdge,
  call: HttpCall,
  secrets: Secrets,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const startedAtMs = Date.now();
  const started = performance.now();
  const fact = await edge.exchange(call);
  const durationMs = Math.round(performance.now() - started);
  return {
    fact,
    exchange: { startedAtMs, durationMs, httpStatus: statusOf(fact), answer: evidence(fact, secrets) },
  };
}

function statusOf(fact: HttpFact): number | null {
  return fact.kind === 'answered' || fact.kind === 'unreadable' ? fact.httpStatus : null;
}

function evidence(fact: HttpFact, secrets: Secrets): string {
  switch (fact.kind) {
    case 'answered':
      return redact(fact.body, typeof secrets === 'function' ? secrets(fact.body) : secrets);
    case 'unreadable':
      return `[unreadable answer: ${fact.why}]`;
    case 'notSent':
      return `[not sent: ${fact.why}]`;
    case 'maybeSent':
      return `[no answer while ${fact.phase}: ${fact.why}]`;
  }
}
