import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Empty when the body is a form. */
  readonly event: Readonly<Record<string, unknown>>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** The status of the next answers; 200 at first. Null: none of them is ever answered. */
  answerWith(status: number | null): void;
  names(): string[];
  clear(): void;
  close(): Promise<void>;
}

/** A merchant's webhook endpoint on this machine, which keeps whatever arrives. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let status: number | null = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const isJson = request.headers['content-type']?.includes('json') === true;
      const event = isJson ? (JSON.parse(body) as Record<string, unknown>) : {};
      received.push({ headers: request.headers, body, event });
      if (status !== null) {
        response.writeHead(status).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/razorpay`,
    received,
    answerWith: (next) => {
      status = next;
    },
    names: () => received.map(({ event }) => String(event['event'])),
    clear: () => {
      received.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
