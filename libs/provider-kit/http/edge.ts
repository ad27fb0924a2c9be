import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { Axios, type InternalAxiosRequestConfig } from 'axios';
import { invariant } from '#libs/refund';
import type { HttpCall, HttpFact } from './http-fact.ts';
import { openExchange, type Surroundings } from './open-exchange.ts';
import { StandingSockets } from './standing-sockets.ts';

export interface HttpEdgeOptions {
  /** Connections per host and port; more calls wait for one, inside their deadline. */
  readonly socketsMax?: number;
  /** An idle connection is closed after this long. */
  readonly idleSocketMs?: number;
  /** An answer above this is unreadable. */
  readonly bodyBytesMax?: number;
  /** Certificate authorities (PEM) to trust instead of Node's, for a proxy that opens TLS. */
  readonly certificateAuthorities?: string;
}

/** The only way to a provider. One per process: the connections are shared by all accounts. */
export interface HttpEdge {
  /** Never rejects, never retries, never follows a redirect, never goes through a proxy of the environment. */
  exchange(call: HttpCall): Promise<HttpFact>;
  /** Closes the idle connections; calls in flight end with a fact. */
  close(): void;
}

/**
 * Shorter than the keep-alive of usual gateways (nginx 75 s, AWS 60 s, Node 5 s). A longer time sends more requests into a connection that the
 * other side is closing, and each of those becomes an unknown outcome; a shorter one costs a TLS handshake per call.
 */
const IDLE_SOCKET_MS = 4000;

/** Holds a list of 100 refunds (about 60 KiB) four times; a larger answer is no answer to any of our calls. */
const BODY_BYTES_MAX = 256 * 1024;

/**
 * axios over our own adapter. Its `http` adapter costs four times as much CPU per call, throws an answer away when the signal aborts in the
 * same turn, does not tell a failed handshake from a broken connection, and puts the Authorization header into its errors.
 */
export function createHttpEdge(options: HttpEdgeOptions = {}): HttpEdge {
  const { certificateAuthorities, bodyBytesMax = BODY_BYTES_MAX } = options;
  const pool = {
    keepAlive: true,
    maxSockets: options.socketsMax ?? 64,
    timeout: options.idleSocketMs ?? IDLE_SOCKET_MS,
  };
  const surroundings: Surroundings = {
    plain: new Agent(pool),
    tls: new TlsAgent({
      ...pool,
      // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot open the way for a stranger.
      rejectUnauthorized: true,
      ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
    }),
    sockets: new StandingSockets(),
    bodyBytesMax,
  };
  const client = new Axios({
    adapter: (config: InternalAxiosRequestConfig<unknown>) => answerWithFact(config, surroundings),
  });
  return {
    exchange: async (call) => {
      const { data } = await client.request<HttpFact>({ method: call.method, data: new Envelope(call) });
      return data;
    },
    close: () => {
      surroundings.plain.destroy();
      surroundings.tls.destroy();
    },
  };
}

/** The same connections, with a word whenever a request has been sent. */
export function tellingWhenSent(edge: HttpEdge, onSent: () => void): HttpEdge {
  return {
    exchange: async (call) => await edge.exchange({ ...call, onSent }),
    close: () => {
      edge.close();
    },
  };
}

/** Carries the call through axios untouched: axios copies plain objects and leaves instances of a class alone. */
class Envelope {
  readonly call: HttpCall;

  constructor(call: HttpCall) {
    this.call = call;
  }
}

async function answerWithFact(config: InternalAxiosRequestConfig<unknown>, surroundings: Surroundings) {
  invariant(config.data instanceof Envelope, 'the edge is called through exchange() only');
  const data = await openExchange(config.data.call, surroundings);
  return { data, status: 0, statusText: '', headers: {}, config };
}
