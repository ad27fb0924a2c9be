/** One call as the edge needs it. Authentication is among the headers: the caller adds it at send time and stores it nowhere. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for a call without a body. */
  readonly body: string | null;
  /** Deadline of the whole exchange: waiting for a socket, DNS, connecting, TLS, sending, and the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the operating system has taken all of the request; never where the call ends before. */
  readonly onSent?: () => void;
}

/**
 * What happened on the wire, as facts and nothing more; what they mean is `transport-outcome.ts` and the provider's own tables.
 * `why` is a short code (`timeout`, `aborted`, `ECONNRESET`), never a message: a message may quote what was sent.
 *
 * - `answered`: a whole answer arrived, whatever its status. A redirect is such an answer; it is never followed.
 * - `unreadable`: an answer began and its rest is lost, over the limit, or not text. `httpStatus` is null when not even its head could be read.
 * - `notSent`: no byte of the request can have left this machine on a connection that stood.
 * - `maybeSent`: a byte may have left and no answer came. `sending` until the operating system took all of it, `waiting` from then on.
 */
export type HttpFact =
  | {
      readonly kind: 'answered';
      readonly httpStatus: number;
      readonly contentType: string | null;
      /** What `Retry-After` asks for, from now on; null when it is absent or makes no sense. */
      readonly retryAfterMs: number | null;
      readonly body: string;
      readonly reusedSocket: boolean;
    }
  | { readonly kind: 'unreadable'; readonly httpStatus: number | null; readonly why: string }
  | { readonly kind: 'notSent'; readonly why: string }
  | { readonly kind: 'maybeSent'; readonly phase: 'sending' | 'waiting'; readonly why: string };

export type Answered = Extract<HttpFact, { kind: 'answered' }>;
