import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  amountOf,
  firstFrom,
  madeAtS,
  paymentIdOf,
  providerRefundIdOf,
  refundIdOf,
  type Books,
} from './books.ts';

export interface BenchProvider {
  readonly url: string;
  /** Calls that it did not serve: everything but lists of refunds. */
  readonly refused: () => number;
  close(): void;
}

/** Razorpay's list of refunds, and nothing else of it: newest first, `from` and `to` in whole seconds, `count` and `skip`. */
export async function startProvider(books: Books): Promise<BenchProvider> {
  let refused = 0;
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://provider');
    if (request.method !== 'GET' || url.pathname !== '/v1/refunds') {
      refused += 1;
      answer(response, 404, { error: { description: 'this provider only lists' } });
      return;
    }
    answer(response, 200, page(books, url.searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    refused: () => refused,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function page(books: Books, query: URLSearchParams): object {
  const number = (field: string, fallback: number): number => Number(query.get(field) ?? fallback);
  const first = firstFrom(books, number('from', 0));
  const newest = firstFrom(books, number('to', 4e9) + 1) - 1 - number('skip', 0);
  const items: object[] = [];
  for (let index = newest; index >= first && items.length < number('count', 10); index -= 1)
    items.push({
      id: providerRefundIdOf(index),
      entity: 'refund',
      amount: Math.round(Number(amountOf(index)) * 100),
      currency: 'INR',
      payment_id: paymentIdOf(index),
      notes: { refundry_id: refundIdOf(index) },
      receipt: `receipt-${String(index)}`,
      acquirer_data: { arn: null },
      created_at: madeAtS(books, index),
      batch_id: null,
      status: 'processed',
      speed_processed: 'normal',
      speed_requested: 'normal',
    });
  return { entity: 'collection', count: items.length, items };
}
