import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stranger in the providers' place who sends everything that came to him back, credentials in plain text as well. */
export interface EchoProvider {
  readonly url: string;
  /** What he was told, in plain text. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers to calls that could move money: refused, refused for the credentials, in trouble, done. */
const STATUSES = [400, 401, 500, 200];

export async function startEchoProvider(): Promise<EchoProvider> {
  const heard: string[] = [];
  let moves = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { url = '', headers } = request;
      const echo = echoOf({ url, headers, body });
      heard.push(echo);
      // Of its own for what could move money: how often it is asked between two such calls is nothing to rely on.
      const no = isMove(request.method, url) ? moves++ : heard.length;
      const status = STATUSES[no % STATUSES.length] ?? 400;
      if (url.startsWith('/merchants/')) answerAsBraintree(response, url, echo, status);
      else if (url.includes('OpStateExt')) answerAsOperationState(response, echo);
      else answer(response, status, 'application/json', JSON.stringify(jsonOf(url, echo, status)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    heard,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function isMove(method: string | undefined, url: string): boolean {
  return method !== 'GET' && !url.endsWith('/advanced_search_ids');
}

function echoOf({ url, headers, body }: Heard): string {
  const basic = (headers.authorization ?? '').replace(/^\w+ /, '');
  const opened = Buffer.from(basic, 'base64').toString();
  return `You sent ${JSON.stringify({ opened, headers, url: decodeURIComponent(url), body })}`;
}

/** The form of a refusal of Razorpay, and of both services of RoboKassa. A list is empty, so that the account is not stopped for good. */
function jsonOf(url: string, echo: string, status: number): unknown {
  if (url.startsWith('/v1/refunds?')) return { entity: 'collection', count: 0, items: [], echo };
  const requestId = status === 200 ? '68cd7fa6-1338-4745-ba5c-28d16cbcdb3d' : null;
  const error = { code: 'ECHO', description: echo };
  return { error, success: status === 200, requestId, message: echo, label: echo, status: echo };
}

function answerAsBraintree(response: ServerResponse, url: string, echo: string, status: number): void {
  const text = echo.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  if (url.endsWith('/advanced_search_ids')) {
    const found = `<search-results><ids type="array"/><echo>${text}</echo></search-results>`;
    answer(response, 200, 'application/xml', found);
    return;
  }
  const error = `<error><code>81503</code><attribute>${text}</attribute><message>${text}</message></error>`;
  const errors = `<errors><transaction><errors type="array">${error}</errors></transaction></errors>`;
  const refusal = `<api-error-response>${errors}<message>${text}</message></api-error-response>`;
  const transaction = `<transaction><id>echo</id><type>credit</type><status>${text}</status></transaction>`;
  const body = status === 200 ? transaction : refusal;
  answer(response, status === 400 ? 422 : status, 'application/xml', body);
}

/** Leads on to the call that moves money: the payment is there, and what was asked stands beside it. */
function answerAsOperationState(response: ServerResponse, echo: string): void {
  const text = echo.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const result = `<Result><Code>0</Code><Description>${text}</Description></Result>`;
  const info = '<Info><OutSum>100.00</OutSum><OpKey>echo-operation-key-1</OpKey></Info>';
  const state = `<OperationStateResponse>${result}<State><Code>100</Code></State>${info}</OperationStateResponse>`;
  answer(response, 200, 'text/xml', state);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
