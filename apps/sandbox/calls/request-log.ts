import type { FastifyRequest } from 'fastify';
import type { ProviderName } from '../provider-name.ts';
import type { CallOperation, FaultMode } from './fault.ts';

const ENTRIES_MAX = 10_000;
const BODY_CHARACTERS_MAX = 2_048;

/** One provider call. Kept as it came, because masking on every request would cost more than the call itself; masked when read. */
export interface LoggedCall {
  readonly provider: ProviderName;
  readonly operation: CallOperation;
  readonly atMs: number;
  readonly startedMs: number;
  readonly method: string;
  readonly url: string;
  readonly headers: FastifyRequest['headers'];
  readonly body: string;
  /** Null while the call runs, and for good when the connection was cut. */
  status: number | null;
  fault: FaultMode | null;
  durationMs: number | null;
}

/** The latest calls in a ring, so that a benchmark of any length needs the same memory. */
export class RequestLog {
  #ring: LoggedCall[] = [];
  #next = 0;

  begin(provider: ProviderName, operation: CallOperation, request: FastifyRequest, atMs: number): LoggedCall {
    const call: LoggedCall = {
      provider,
      operation,
      atMs,
      startedMs: performance.now(),
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: typeof request.body === 'string' ? shortened(request.body) : '',
      status: null,
      fault: null,
      durationMs: null,
    };
    this.#ring[this.#next] = call;
    this.#next = (this.#next + 1) % ENTRIES_MAX;
    return call;
  }

  /** The latest `limit` calls, oldest first. */
  latest(limit: number, provider?: ProviderName): LoggedCall[] {
    const found: LoggedCall[] = [];
    for (let age = 1; age <= this.#ring.length && found.length < limit; age += 1) {
      const call = this.#ring[(this.#next - age + ENTRIES_MAX) % ENTRIES_MAX];
      if (call !== undefined && (provider === undefined || call.provider === provider)) {
        found.push(call);
      }
    }
    return found.toReversed();
  }

  clear(): void {
    this.#ring = [];
    this.#next = 0;
  }
}

/** Copies through a buffer, because a plain slice would keep the whole long body alive. */
function shortened(body: string): string {
  return body.length <= BODY_CHARACTERS_MAX
    ? body
    : `${Buffer.from(body.slice(0, BODY_CHARACTERS_MAX)).toString()}…`;
}
