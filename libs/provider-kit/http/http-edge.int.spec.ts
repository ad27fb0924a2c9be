import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { selfSignedCertificate } from '../testing/self-signed-certificate.ts';
import { createHttpEdge, tellingWhenSent, type HttpEdge, type HttpEdgeOptions } from './edge.ts';
import type { HttpCall, HttpFact } from './http-fact.ts';

const servers: Server[] = [];
const edges: HttpEdge[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const edge of edges.splice(0)) edge.close();
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map(async (server) => await new Promise((done) => server.close(done))));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function httpServer(handler: Handler): Promise<string> {
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => handler(request, response, body));
  });
  return `http://localhost:${String(await listen(server))}`;
}

async function tcpServer(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  return `http://localhost:${String(await listen(server))}`;
}

async function tlsServer(): Promise<string> {
  const server = createTlsServer(selfSignedCertificate(), (_request, response) => response.end('stranger'));
  return `https://localhost:${String(await listen(server))}/`;
}

function edge(options: HttpEdgeOptions = {}): HttpEdge {
  const made = createHttpEdge(options);
  edges.push(made);
  return made;
}

function post(url: string, overrides: Partial<HttpCall> = {}): HttpCall {
  const { signal } = new AbortController();
  return {
    method: 'POST',
    url,
    headers: { Authorization: 'Basic dXNlcjpzZWNyZXQ=', 'Content-Type': 'application/json' },
    body: '{"amount":100}',
    timeoutMs: 5000,
    signal,
    ...overrides,
  };
}

const RAW_OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('when the provider answers', () => {
  it('gives status, body, content type and what Retry-After asks for', async () => {
    const url = await httpServer((_request, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
      response.end('{"error":{}}');
    });
    expect(await edge().exchange(post(url))).toEqual({
      kind: 'answered',
      httpStatus: 429,
      contentType: 'application/json',
      retryAfterMs: 7000,
      body: '{"error":{}}',
      reusedSocket: false,
    });
  });

  it('delivers method, path, query, headers and body byte for byte', async () => {
    const seen: unknown[] = [];
    const url = await httpServer((request, response, body) => {
      const { method, url: path, headers } = request;
      seen.push([
        method,
        path,
        headers.authorization,
        headers['content-length'],
        headers['accept-encoding'],
        body,
      ]);
      response.end();
    });
    await edge().exchange(post(`${url}/v1/x?count=1&skip=2`, { body: '{"note":"ü€"}' }));
    expect(seen).toEqual([
      ['POST', '/v1/x?count=1&skip=2', 'Basic dXNlcjpzZWNyZXQ=', '16', 'identity', '{"note":"ü€"}'],
    ]);
  });

  it('tells once that all of it has left, before the answer; and nothing of a call that never left', async () => {
    const told: string[] = [];
    const url = await httpServer((_request, response, body) => {
      told.push(`arrived: ${body}`);
      response.end();
    });
    const plain = edge();
    const one = tellingWhenSent(plain, () => told.push('sent'));
    await one.exchange(post(url));
    expect(told.toSorted()).toEqual(['arrived: {"amount":100}', 'sent']);
    await one.exchange(post('http://127.0.0.1:1/'));
    await plain.exchange(post(url, { body: 'plain' }));
    expect(told).toHaveLength(3);
  });

  it('reports a socket that served before', async () => {
    const url = await httpServer((_request, response) => response.end('x'));
    const one = edge();
    const first = await one.exchange(post(url));
    const second = await one.exchange(post(url));
    expect([first, second]).toMatchObject([{ reusedSocket: false }, { reusedSocket: true }]);
  });

  it('hands a redirect back as it is and asks nobody a second time', async () => {
    const paths: (string | undefined)[] = [];
    const url = await httpServer((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: '/elsewhere' });
      response.end();
    });
    expect(await edge().exchange(post(`${url}/refund`))).toMatchObject({ kind: 'answered', httpStatus: 307 });
    expect(paths).toEqual(['/refund']);
  });

  it('unpacks a compressed answer that nobody asked for', async () => {
    const url = await httpServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('{"id":"rfnd_1"}'));
    });
    expect(await edge().exchange(post(url))).toMatchObject({ kind: 'answered', body: '{"id":"rfnd_1"}' });
  });
});

describe('when no byte of the request can have left', () => {
  it.each([
    ['a refused connection', 'http://127.0.0.1:1/', 'ECONNREFUSED'],
    ['an address that is none', 'not a url', 'invalidRequest'],
    ['a scheme that is not HTTP', 'ftp://localhost/', 'invalidRequest'],
  ])('%s is notSent', async (_what, url, why) => {
    expect(await edge().exchange(post(url))).toEqual({ kind: 'notSent', why });
  });

  it('a name that does not resolve is notSent', async () => {
    expect(await edge().exchange(post('http://no-such-host.invalid/'))).toMatchObject({ kind: 'notSent' });
  });

  it('a header that would split the request is notSent, and the answer does not quote it', async () => {
    const url = await httpServer((_request, response) => response.end());
    const fact = await edge().exchange(post(url, { headers: { Authorization: 'Basic x\r\nX-Evil: 1' } }));
    expect(fact).toEqual({ kind: 'notSent', why: 'invalidRequest' });
  });

  it('a signal that was aborted before the call is notSent', async () => {
    let calls = 0;
    const url = await httpServer((_request, response) => response.end(String((calls += 1))));
    const fact = await edge().exchange(post(url, { signal: AbortSignal.abort() }));
    expect([fact, calls]).toEqual([{ kind: 'notSent', why: 'aborted' }, 0]);
  });

  it('a deadline that passes in the TLS handshake is notSent', async () => {
    const url = await tcpServer(() => undefined);
    const fact = await edge().exchange(post(url.replace('http:', 'https:'), { timeoutMs: 150 }));
    expect(fact).toEqual({ kind: 'notSent', why: 'timeout' });
  });

  it('a peer that breaks the TLS handshake is notSent', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.end('this is not TLS\r\n')));
    const fact = await edge().exchange(post(url.replace('http:', 'https:')));
    expect(fact).toMatchObject({ kind: 'notSent' });
  });

  it('a certificate that nobody vouches for is notSent', async () => {
    const url = await tlsServer();
    expect(await edge().exchange(post(url))).toEqual({ kind: 'notSent', why: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('a deadline that passes while the call waits for a socket is notSent, and it is never sent later', async () => {
    const bodies: string[] = [];
    let answerFirst: () => void = () => undefined;
    const url = await httpServer((_request, response, body) => {
      bodies.push(body);
      answerFirst = () => response.end('late');
    });
    const one = edge({ socketsMax: 1 });
    const first = one.exchange(post(url, { body: 'first' }));
    const second = await one.exchange(post(url, { body: 'second', timeoutMs: 100 }));
    expect(second).toEqual({ kind: 'notSent', why: 'timeout' });
    answerFirst();
    await first;
    const third = one.exchange(post(url, { body: 'third' }));
    await until(() => bodies.length === 2);
    answerFirst();
    await third;
    expect(bodies).toEqual(['first', 'third']);
  });
});

describe('what the environment says', () => {
  /** In a process of its own, because Node reads these variables from the real environment and Jest gives us a copy. */
  async function exchangeUnder(env: Readonly<Record<string, string>>, url: string): Promise<unknown> {
    const script = `
      const { createHttpEdge } = await import(${JSON.stringify(new URL('edge.ts', import.meta.url).href)});
      const call = { method: 'GET', url: ${JSON.stringify(url)}, headers: {}, body: null, timeoutMs: 5000, signal: new AbortController().signal };
      process.stdout.write(JSON.stringify(await createHttpEdge().exchange(call)));
      process.exit();`;
    const options = [
      '--conditions=source',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      script,
    ];
    const child = await promisify(execFile)(process.execPath, options, { env: { ...process.env, ...env } });
    return JSON.parse(child.stdout);
  }

  it('about trusting every certificate is ignored', async () => {
    const fact = await exchangeUnder({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, await tlsServer());
    expect(fact).toEqual({ kind: 'notSent', why: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('about a proxy is ignored', async () => {
    const url = await httpServer((_request, response) => response.end('direct'));
    const proxy = 'http://127.0.0.1:1';
    const fact = await exchangeUnder({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy }, url);
    expect(fact).toMatchObject({ kind: 'answered', body: 'direct' });
  });
});

describe('when a byte may have left', () => {
  it('a deadline while waiting for the answer is maybeSent', async () => {
    const url = await httpServer(() => undefined);
    const fact = await edge().exchange(post(url, { timeoutMs: 1500 }));
    expect(fact).toEqual({ kind: 'maybeSent', phase: 'waiting', why: 'timeout' });
  });

  it('an abort while waiting for the answer is maybeSent', async () => {
    const controller = new AbortController();
    const url = await httpServer(() => controller.abort());
    const fact = await edge().exchange(post(url, { signal: controller.signal }));
    expect(fact).toEqual({ kind: 'maybeSent', phase: 'waiting', why: 'aborted' });
  });

  it('a reset after the request arrived is maybeSent', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const fact = await edge().exchange(post(url));
    expect(fact).toMatchObject({ kind: 'maybeSent', why: 'ECONNRESET' });
  });

  it('a reset before the whole request was taken is maybeSent in the phase sending', async () => {
    const url = await tcpServer((socket) => socket.pause());
    const fact = await edge().exchange(post(url, { body: 'x'.repeat(32 * 1024 * 1024), timeoutMs: 3000 }));
    expect(fact).toEqual({ kind: 'maybeSent', phase: 'sending', why: 'timeout' });
  });

  it('a connection closed without an answer is maybeSent', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.end()));
    expect(await edge().exchange(post(url))).toMatchObject({ kind: 'maybeSent', why: 'ECONNRESET' });
  });

  it('a reset of a kept connection is maybeSent, not a failure to connect', async () => {
    let served = 0;
    const url = await tcpServer((socket) =>
      socket.on('data', () => (served++ === 0 ? socket.write(RAW_OK) : socket.resetAndDestroy())),
    );
    const one = edge();
    expect(await one.exchange(post(url))).toMatchObject({ kind: 'answered' });
    expect(await one.exchange(post(url))).toMatchObject({ kind: 'maybeSent', why: 'ECONNRESET' });
    expect(served).toBe(2);
  });

  it('a call that waited for a used socket counts it as reused, so its reset is maybeSent', async () => {
    let served = 0;
    const url = await tcpServer((socket) =>
      socket.on('data', () => (served++ === 0 ? socket.write(RAW_OK) : socket.resetAndDestroy())),
    );
    const one = edge({ socketsMax: 1 });
    const facts = await Promise.all([one.exchange(post(url)), one.exchange(post(url))]);
    expect(facts).toMatchObject([{ kind: 'answered' }, { kind: 'maybeSent', why: 'ECONNRESET' }]);
  });

  it('a reset after the TLS handshake is maybeSent', async () => {
    const certificate = selfSignedCertificate();
    const server = createTlsServer(certificate, (request) => request.socket.destroy());
    const port = await listen(server);
    const fact = await edge({ certificateAuthorities: certificate.cert }).exchange(
      post(`https://localhost:${String(port)}/`),
    );
    expect(fact).toMatchObject({ kind: 'maybeSent', why: 'ECONNRESET' });
  });
});

describe('when an answer cannot be read', () => {
  const cases: readonly (readonly [string, (socket: Socket) => void, Partial<HttpFact>])[] = [
    ['it is no HTTP', (socket) => socket.write('nonsense\r\n\r\n'), { kind: 'unreadable', httpStatus: null }],
    [
      'its head is endless',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}\r\n`),
      { kind: 'unreadable', httpStatus: null },
    ],
    [
      'it ends too early',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":'),
      { kind: 'unreadable', httpStatus: 200, why: 'ECONNRESET' },
    ],
    [
      'its body does not end in time',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":'),
      { kind: 'unreadable', httpStatus: 200, why: 'timeout' },
    ],
    [
      'it asks to change the protocol',
      (socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      { kind: 'unreadable', httpStatus: 101, why: 'upgrade' },
    ],
    [
      'it is over the limit',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`),
      { kind: 'unreadable', httpStatus: 200, why: 'tooLarge' },
    ],
    [
      'it is over the limit once unpacked',
      (socket) => {
        const bomb = gzipSync('x'.repeat(500_000));
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${String(bomb.length)}\r\n\r\n`,
        );
        socket.write(bomb);
      },
      { kind: 'unreadable', httpStatus: 200, why: 'tooLarge' },
    ],
    [
      'it is packed in an unknown way',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: zoo\r\nContent-Length: 2\r\n\r\nok'),
      { kind: 'unreadable', httpStatus: 200, why: 'encoding' },
    ],
    [
      'it is not UTF-8',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
        socket.write(Buffer.of(0xc3, 0x28));
      },
      { kind: 'unreadable', httpStatus: 200, why: 'charset' },
    ],
  ];

  it.each(cases)('because %s, it says so', async (_what, answer, expected) => {
    const url = await tcpServer((socket) => socket.once('data', () => answer(socket)));
    const fact = await edge({ bodyBytesMax: 4096 }).exchange(post(url, { timeoutMs: 3000 }));
    expect(fact).toMatchObject(expected);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((next) => setImmediate(next));
  }
}
