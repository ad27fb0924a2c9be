import { readRequest, type IncomingRecord, type ReadLimits, type ReadRequest } from '../index.ts';

const ATTRIBUTES = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'RefundRequested' } as const;

/** A request's record in binary mode. A string or buffer as body is taken as the bytes themselves; a header set to null is left out. */
export function binaryRecord(
  body: unknown,
  headers: Readonly<Record<string, string | Buffer | null>> = {},
): IncomingRecord {
  const all = {
    'content-type': 'application/json',
    ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [`ce_${name}`, value])),
    ...headers,
  };
  return {
    key: Buffer.from('any key'),
    value: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: Object.entries(all).flatMap(([name, value]) =>
      value === null ? [] : [{ name, value: Buffer.isBuffer(value) ? value : Buffer.from(value) }],
    ),
  };
}

/** A request's record in structured mode. An attribute set to undefined is left out. */
export function structuredRecord(
  body: unknown,
  attributes: Readonly<Record<string, unknown>> = {},
  contentType = 'application/cloudevents+json; charset=UTF-8',
): IncomingRecord {
  const event = { ...ATTRIBUTES, datacontenttype: 'application/json', data: body, ...attributes };
  return {
    key: null,
    value: Buffer.from(JSON.stringify(event)),
    headers: [{ name: 'content-type', value: Buffer.from(contentType) }],
  };
}

/** A request with every field, acceptable. */
export const sampleRequest = {
  refundId: 'rf_1',
  provider: 'razorpay',
  account: 'india-main',
  paymentId: 'pay_1',
  amount: '10.50',
  currency: 'INR',
  reason: 'customer_request',
  requestedBy: 'orders/ann',
  orderId: 'o-1881',
  expectedRemaining: '100.00',
  metadata: { k: 'v' },
  providerOptions: { speed: 'normal' },
};

/** Reads a record that must not be a dead letter. */
export function readReadable(record: IncomingRecord, limits?: ReadLimits): ReadRequest {
  const incoming = readRequest(record, limits);
  if (incoming.kind === 'request') return incoming.request;
  throw new Error(`dead letter ${incoming.code}: ${incoming.message}`);
}

/** The code under which a record is laid aside, or `request` when it can be read. */
export function codeOf(record: IncomingRecord, limits?: ReadLimits): string {
  const incoming = readRequest(record, limits);
  return incoming.kind === 'deadLetter' ? incoming.code : incoming.kind;
}
