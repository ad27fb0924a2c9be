import { FastifyAdapter } from '@nestjs/platform-fastify';

/** A keep-alive connection with a request in flight would otherwise hold the shutdown for over a minute. */
const KEEP_ALIVE_MS = 1000;
/** Vendors' events are a few KiB. Above this somebody else is posting; what is larger is answered 413 and never read to its end. */
const BODY_BYTES_MAX = 262_144;
/** A request that does not arrive within this time ends: connections that only trickle would otherwise pile up. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The server of the role http. Bodies of every type stay the bytes that came: only webhooks have one, and what is signed is its bytes.
 * Nest's own parsers must be off beside it (`bodyParser: false`).
 */
export function httpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: BODY_BYTES_MAX,
  });
  const server = adapter.getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  return adapter;
}
