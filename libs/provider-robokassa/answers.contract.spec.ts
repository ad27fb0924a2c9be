import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpEdge, type StoredAttempt } from '#libs/provider-kit';
import { readRobokassaAccount } from './account.ts';
import { providerRefundIdOf } from './index.ts';
import { createRobokassa } from './submit/index.ts';

const HANDLE = '68cd7fa6-1338-4745-ba5c-28d16cbcdb3d';
const OTHER = '78cd7fa6-1338-4745-ba5c-28d16cbcdb3d';
const MINUTE_MS = 60_000;

/** What the stranger in RoboKassa's place answers next. */
let answer: { readonly status: number; readonly body: string };
let seen: { readonly url: string; readonly type: string; readonly body: string };
let server: Server;
let baseUrl: string;

const edge = createHttpEdge();
const { module, submitter } = createRobokassa({ edge, callTimeoutMs: 5000 });
const signal = new AbortController().signal;

const account = () =>
  readRobokassaAccount({
    name: 'shop',
    merchant: 'demo',
    settings: { login: 'demo', password2: 'password2', password3: 'password3', baseUrl },
  });

const attempt: StoredAttempt = {
  refundId: 'rf_1',
  attemptNo: 1,
  paymentId: '12345',
  action: 'refund',
  key: null,
  reference: 'rr_1',
  content: '{"OpKey":"K-1","RefundSum":50.50}',
  amount: '50.50',
  currency: 'RUB',
  armedAtMs: Date.now(),
  providerRefundId: providerRefundIdOf(HANDLE),
  handle: HANDLE,
  references: ['rr_1'],
  alone: true,
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen = { url: request.url ?? '', type: request.headers['content-type'] ?? '', body };
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(async () => {
  edge.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function submit(status: number, body: unknown) {
  answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return await submitter.submit(account(), attempt, signal);
}

async function lookUp(status: number, body: string, asked: Partial<StoredAttempt> = {}) {
  answer = { status, body };
  return await module.reader.lookUp(account(), { ...attempt, ...asked }, signal);
}

const state = (amount = '50.500000', label = 'finished', id = HANDLE): string =>
  `{"requestId":"${id}","amount":${amount},"label":"${label}"}`;

describe('a request for a refund', () => {
  it('carries the known token as a JSON string, and keeps neither it nor the number in the record', async () => {
    const { outcome, exchange } = await submit(200, { success: true, message: null, requestId: HANDLE });
    expect(seen).toMatchObject({ url: '/RefundService/Refund/Create', type: 'application/json' });
    expect(seen.body).toBe(
      '"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJPcEtleSI6IkstMSIsIlJlZnVuZFN1bSI6NTAuNTB9.KnN05sflcapGZw2IlOLP5414LjlAHXIcUvc3R80CrX4"',
    );
    expect(outcome).toEqual({
      kind: 'pending',
      providerRefundId: providerRefundIdOf(HANDLE),
      handle: HANDLE,
      references: {},
    });
    expect(exchange.answer).toBe('{"success":true,"message":null,"requestId":"[redacted]"}');
  });

  it.each([
    ['accepts without a number', 200, { success: true, message: null, requestId: null }],
    ['accepts with something else than a number', 200, { success: true, requestId: 'soon' }],
    [
      'refuses and gives a number',
      200,
      { success: false, message: 'NotEnoughOperationFunds', requestId: HANDLE },
    ],
    ['says it in words', 200, { success: 'true', requestId: HANDLE }],
    ['accepts with a status of trouble', 400, { success: true, message: null, requestId: HANDLE }],
    ['does not say', 200, { requestId: HANDLE }],
    ['is no object', 200, '"ok"'],
    ['is empty', 200, ''],
    ['is empty with a status', 404, ''],
  ])('whose answer %s is in doubt', async (_what, status, body) => {
    const { outcome, exchange } = await submit(status, body);
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(exchange.answer).not.toContain('68cd7fa6');
  });

  it('whose refusal quotes token, number or password shows none of them', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJPcEtleSI6IkstMSJ9.c2lnbmF0dXJl';
    const message = `you sent ${token} for ${HANDLE.toUpperCase()} with password3`;
    const { outcome, exchange } = await submit(400, { success: false, message, requestId: null });
    expect(outcome).toMatchObject({ kind: 'unknown', phase: 'unlisted' });
    for (const kept of [JSON.stringify(outcome), exchange.answer]) {
      expect(kept).toContain('you sent [redacted] for [redacted] with [redacted]');
    }
  });
});

describe('a look-up', () => {
  it.each([
    ['finished', { kind: 'succeeded', completedAtMs: null }],
    ['processing', { kind: 'pending' }],
    ['canceled', { kind: 'declined', cancelled: true, code: 'canceled', mayRequestAgain: true }],
    ['suspended', { kind: 'unknown', phase: 'unlisted' }],
  ])('that shows %s concludes it', async (label, outcome) => {
    const { result, exchange } = await lookUp(200, state('50.500000', label));
    expect(seen.url).toBe(`/RefundService/Refund/GetState?id=${HANDLE}`);
    expect(result).toMatchObject({
      kind: 'found',
      outcome: { ...outcome, providerRefundId: providerRefundIdOf(HANDLE) },
    });
    expect(exchange.answer).not.toContain('68cd7fa6');
  });

  it.each([['50.5'], ['50.50'], ['50.500000']])('reads the sum %s from its text', async (amount) => {
    expect((await lookUp(200, state(amount))).result).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  it('knows its number in any case', async () => {
    const { result } = await lookUp(200, state('50.500000', 'finished', HANDLE.toUpperCase()));
    expect(result).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  it.each([
    ['another sum', state('50.510000')],
    ['a sum in text', state('"50.50"')],
    ['a sum with an exponent', state('505e-1')],
    ['a fraction of a kopeck', state('50.500001')],
    ['another number', state('50.500000', 'finished', OTHER)],
    ['no sum', `{"requestId":"${HANDLE}","label":"finished"}`],
  ])('that shows %s completes nothing, and tells no number', async (_what, body) => {
    const { result } = await lookUp(200, body);
    expect(result).toMatchObject({ kind: 'found', outcome: { kind: 'unknown', phase: 'mismatch' } });
    expect(JSON.stringify(result)).not.toMatch(/[67]8cd7fa6/);
  });

  it.each([200, 400, 404])(
    'with status %i and no such request is pending at first, and for a person later',
    async (status) => {
      const body = '{"message":"Id is invalid or request id does not exist"}';
      expect((await lookUp(status, body)).result).toMatchObject({
        kind: 'found',
        outcome: { kind: 'pending' },
      });
      const long = { armedAtMs: Date.now() - 6 * MINUTE_MS };
      expect((await lookUp(status, body, long)).result).toMatchObject({ kind: 'ambiguous' });
    },
  );

  it.each([
    ['a body without a label', 200, '{"message":"busy"}'],
    ['a label of another type', 200, `{"requestId":"${HANDLE}","amount":50.50,"label":1}`],
    ['status 400 with a state', 400, state()],
    ['nothing', 200, ''],
  ])('answered with %s has learnt nothing', async (_what, status, body) => {
    expect((await lookUp(status, body)).result).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
  });

  it('without a number is not made', async () => {
    seen = { url: '', type: '', body: '' };
    const { result } = await lookUp(200, state(), { handle: null, providerRefundId: null });
    expect(result).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
    expect(seen.url).toBe('');
  });
});
