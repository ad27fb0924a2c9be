import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { readBody } from './body.ts';
import type { HttpCall, HttpFact } from './http-fact.ts';
import { readRetryAfter } from './retry-after.ts';
import type { StandingSockets } from './standing-sockets.ts';

/** What every exchange of one edge has in common. */
export interface Surroundings {
  readonly plain: Agent;
  readonly tls: TlsAgent;
  readonly sockets: StandingSockets;
  readonly bodyBytesMax: number;
}

/** Sends one call and resolves with the fact; it never rejects, never retries, never follows a redirect. */
export function openExchange(call: HttpCall, surroundings: Surroundings): Promise<HttpFact> {
  return new Promise((resolve) => {
    new OpenExchange(call, surroundings, resolve).open();
  });
}

class OpenExchange {
  readonly #call: HttpCall;
  readonly #around: Surroundings;
  readonly #resolve: (fact: HttpFact) => void;
  readonly #chunks: Buffer[] = [];
  readonly #onAbort = () => this.#giveUp('aborted');
  #bytes = 0;
  #settled = false;
  #mayHaveLeft = false;
  #reusedSocket = false;
  #timer: NodeJS.Timeout | undefined;
  #request: ClientRequest | null = null;
  #response: IncomingMessage | null = null;

  constructor(call: HttpCall, around: Surroundings, resolve: (fact: HttpFact) => void) {
    this.#call = call;
    this.#around = around;
    this.#resolve = resolve;
  }

  open(): void {
    const { signal, timeoutMs, body, onSent } = this.#call;
    if (signal.aborted) {
      this.#settle({ kind: 'notSent', why: 'aborted' });
      return;
    }
    const request = this.#start();
    if (request === null) {
      this.#settle({ kind: 'notSent', why: 'invalidRequest' });
      return;
    }
    this.#request = request;
    this.#timer = setTimeout(() => this.#giveUp('timeout'), timeoutMs);
    signal.addEventListener('abort', this.#onAbort);
    request.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? 'error'));
    request.on('response', (response) => this.#answer(response));
    if (onSent !== undefined) request.on('finish', onSent);
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      this.#settle({ kind: 'unreadable', httpStatus: response.statusCode ?? null, why: 'upgrade' });
    });
    request.end(body ?? undefined);
  }

  /** Null when Node refuses the call before any socket is touched: an invalid address, header name or header value. */
  #start(): ClientRequest | null {
    const { plain, tls, sockets } = this.#around;
    try {
      const url = new URL(this.#call.url);
      const secure = url.protocol === 'https:';
      if (!secure && url.protocol !== 'http:') return null;
      const options = {
        host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        method: this.#call.method,
        headers: headerList(url.host, this.#call),
      };
      const request = secure
        ? httpsRequest({ ...options, agent: tls })
        : httpRequest({ ...options, agent: plain });
      const ready = secure ? 'secureConnect' : 'connect';
      request.on('socket', (socket: Socket) => {
        this.#reusedSocket = sockets.watch(socket, ready, () => {
          this.#mayHaveLeft = true;
        });
      });
      return request;
    } catch {
      return null;
    }
  }

  #answer(response: IncomingMessage): void {
    this.#response = response;
    response.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#around.bodyBytesMax) this.#giveUp('tooLarge');
      else this.#chunks.push(chunk);
    });
    response.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? 'cut'));
    response.on('end', () => this.#finish(response));
  }

  #finish(response: IncomingMessage): void {
    const { headers, statusCode } = response;
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const body = readBody(bytes, headers['content-encoding'], this.#around.bodyBytesMax);
    const httpStatus = statusCode ?? null;
    if (body.kind === 'unreadable' || httpStatus === null) {
      this.#settle({ kind: 'unreadable', httpStatus, why: body.kind === 'unreadable' ? body.why : 'status' });
      return;
    }
    this.#settle({
      kind: 'answered',
      httpStatus,
      contentType: headers['content-type'] ?? null,
      retryAfterMs: readRetryAfter(headers['retry-after'], Date.now()),
      body: body.text,
      reusedSocket: this.#reusedSocket,
    });
  }

  /** Our own decision to stop: deadline, abort, or an answer too large. Destroying the request also takes it out of the queue for a socket. */
  #giveUp(why: string): void {
    this.#fail(why);
    this.#request?.destroy();
  }

  #fail(why: string): void {
    this.#settle(this.#factOf(why));
  }

  #factOf(why: string): HttpFact {
    if (this.#response !== null) {
      return { kind: 'unreadable', httpStatus: this.#response.statusCode ?? null, why };
    }
    // Node's parser names its complaints HPE_*: bytes came, and they were no HTTP.
    if (why.startsWith('HPE_')) return { kind: 'unreadable', httpStatus: null, why };
    if (!this.#mayHaveLeft) return { kind: 'notSent', why };
    return {
      kind: 'maybeSent',
      phase: this.#request?.writableFinished === true ? 'waiting' : 'sending',
      why,
    };
  }

  #settle(fact: HttpFact): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#call.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve(fact);
  }
}

/** A flat list: Node writes it as it is, which halves the cost of an object that it would copy header by header. */
function headerList(host: string, call: HttpCall): string[] {
  const list = ['Host', host];
  for (const name in call.headers) {
    const value = call.headers[name];
    if (value !== undefined) list.push(name, value);
  }
  // Nothing is asked for compressed: the answers are small, unpacking costs more than it saves.
  list.push('Accept-Encoding', 'identity');
  if (call.body !== null || call.method !== 'GET') {
    list.push('Content-Length', String(Buffer.byteLength(call.body ?? '')));
  }
  return list;
}
