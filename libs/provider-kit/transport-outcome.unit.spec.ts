import type { HttpFact } from './http/http-fact.ts';
import { transportOutcome, transportUnavailable } from './transport-outcome.ts';

function answered(httpStatus: number, retryAfterMs: number | null = null): HttpFact {
  return { kind: 'answered', httpStatus, contentType: null, retryAfterMs, body: '', reusedSocket: false };
}

describe('what a fact of the wire means for a call that moves money', () => {
  it.each<[string, HttpFact, object]>([
    ['nothing left', { kind: 'notSent', why: 'ECONNREFUSED' }, { kind: 'notApplied', because: 'notSent' }],
    [
      'lost while sending',
      { kind: 'maybeSent', phase: 'sending', why: 'ECONNRESET' },
      { kind: 'unknown', phase: 'sending' },
    ],
    [
      'lost while waiting',
      { kind: 'maybeSent', phase: 'waiting', why: 'timeout' },
      { kind: 'unknown', phase: 'waiting' },
    ],
    [
      'half an answer',
      { kind: 'unreadable', httpStatus: 200, why: 'timeout' },
      { kind: 'unknown', phase: 'unreadable' },
    ],
    [
      'half a refusal',
      { kind: 'unreadable', httpStatus: 400, why: 'timeout' },
      { kind: 'unknown', phase: 'unreadable' },
    ],
    ['a fault of the server', answered(500), { kind: 'unknown', phase: 'serverError' }],
    ['a gateway that gave up', answered(504), { kind: 'unknown', phase: 'serverError' }],
    ['a redirect', answered(307), { kind: 'unknown', phase: 'redirect' }],
  ])('%s', (_what, fact, expected) => {
    expect(transportOutcome(fact)).toMatchObject(expected);
  });

  it.each([[200], [201], [400], [401], [404], [409], [429], [499]])(
    'leaves HTTP %i to the provider',
    (httpStatus) => {
      expect(transportOutcome(answered(httpStatus))).toBeNull();
    },
  );
});

describe('what a fact of the wire means for a call that reads', () => {
  it.each<[string, HttpFact, object]>([
    ['nothing left', { kind: 'notSent', why: 'ENOTFOUND' }, { because: 'notSent' }],
    ['no answer', { kind: 'maybeSent', phase: 'waiting', why: 'timeout' }, { because: 'noAnswer' }],
    ['half an answer', { kind: 'unreadable', httpStatus: 200, why: 'timeout' }, { because: 'noAnswer' }],
    ['too many calls', answered(429, 3000), { because: 'rateLimited', retryAfterMs: 3000 }],
    ['wrong credentials', answered(401), { because: 'credentials' }],
    ['no permission', answered(403), { because: 'credentials' }],
    ['maintenance', answered(503, 60_000), { because: 'noAnswer', retryAfterMs: 60_000 }],
    ['a redirect', answered(302), { because: 'noAnswer' }],
  ])('%s', (_what, fact, expected) => {
    expect(transportUnavailable(fact)).toMatchObject({ kind: 'unavailable', ...expected });
  });

  it.each([[200], [400], [404]])('leaves HTTP %i to the provider', (httpStatus) => {
    expect(transportUnavailable(answered(httpStatus))).toBeNull();
  });
});
