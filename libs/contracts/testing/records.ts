import type { IncomingRecord } from '../index.ts';

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
