import { isUtf8 } from 'node:buffer';
import { DEAD_LETTERS, type DeadLetterCode } from '../codes.ts';
import { fits, LIMITS } from '../rules.ts';
import type { DeadLetter, IncomingRecord, RecordHeader } from './incoming.ts';
import { isJsonObject, readJsonObject, type JsonObject } from './json-text.ts';

/** A CloudEvent taken off its transport: binary and structured mode look alike from here on. */
export interface Envelope {
  readonly kind: 'envelope';
  readonly ceId: string;
  readonly ceSource: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly body: JsonObject;
  /** The JSON text that holds the body, as received. */
  readonly text: string;
}

export function deadLetter(code: DeadLetterCode, message: string = DEAD_LETTERS[code]): DeadLetter {
  return { kind: 'deadLetter', code, message };
}

/** Opens a record as a CloudEvent of type `RefundRequested`, or says why it must be laid aside. */
export function openEnvelope(record: IncomingRecord, payloadBytesMax: number): Envelope | DeadLetter {
  if (record.value === null) return deadLetter('VALUE_MISSING');
  if (record.value.length > payloadBytesMax) return deadLetter('PAYLOAD_TOO_LARGE');
  const headers = readHeaders(record.headers);
  if ('kind' in headers) return headers;
  const mediaType = (headers.contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!mediaType.startsWith('application/cloudevents')) return openBinary(headers, record.value);
  if (mediaType !== 'application/cloudevents+json') return deadLetter('CONTENT_TYPE_UNSUPPORTED');
  return openStructured(headers, record.value);
}

function openBinary(headers: Headers, value: Buffer): Envelope | DeadLetter {
  const fault = attributeFault(headers);
  if (fault !== null) return fault;
  const reading = readJsonObject(value);
  if (reading.kind === 'fault') return deadLetter(reading.code);
  return envelope(headers, reading.object, reading.text);
}

function openStructured(headers: Headers, value: Buffer): Envelope | DeadLetter {
  const reading = readJsonObject(value);
  if (reading.kind === 'fault') return deadLetter(reading.code);
  const event = reading.object;
  const attributes: Headers = {
    ...headers,
    specversion: event['specversion'],
    type: event['type'],
    id: event['id'],
    source: event['source'],
    ceTraceparent: event['traceparent'],
  };
  const fault = attributeFault(attributes);
  if (fault !== null) return fault;
  const encoded = event['data_base64'];
  if (isPresent(encoded) && isPresent(event['data'])) {
    return deadLetter('CE_ATTRIBUTE_INVALID', 'The event has both data and data_base64.');
  }
  if (typeof encoded === 'string') {
    const inner = readJsonObject(Buffer.from(encoded, 'base64'));
    return inner.kind === 'fault' ? deadLetter(inner.code) : envelope(attributes, inner.object, inner.text);
  }
  const body = event['data'];
  return isJsonObject(body) ? envelope(attributes, body, reading.text) : deadLetter('NOT_A_JSON_OBJECT');
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function envelope(attributes: Headers, body: JsonObject, text: string): Envelope {
  const own = traceparentOf(attributes.traceparent);
  return {
    kind: 'envelope',
    ceId: attributes.id as string,
    ceSource: attributes.source as string,
    traceparent: own ?? traceparentOf(attributes.ceTraceparent),
    // The state belongs to the parent it came with.
    tracestate: own === null ? null : tracestateOf(attributes.tracestate),
    body,
    text,
  };
}

/** What the transport says, before it is judged. Attributes of structured events can be of any JSON type. */
interface Headers {
  contentType: string | null;
  specversion: unknown;
  type: unknown;
  id: unknown;
  source: unknown;
  traceparent: string | null;
  ceTraceparent: unknown;
  tracestate: string | null;
}

const SLOTS: ReadonlyMap<string, keyof Headers> = new Map([
  ['content-type', 'contentType'],
  ['ce_specversion', 'specversion'],
  ['ce_type', 'type'],
  ['ce_id', 'id'],
  ['ce_source', 'source'],
  ['traceparent', 'traceparent'],
  ['ce_traceparent', 'ceTraceparent'],
  ['tracestate', 'tracestate'],
]);
const TRACING: ReadonlySet<keyof Headers> = new Set(['traceparent', 'ceTraceparent', 'tracestate'] as const);

/**
 * Headers may repeat. The same value twice is taken once; different values are a dead letter, except for tracing, which is then dropped:
 * a broken trace never stops a refund.
 */
function readHeaders(headers: readonly RecordHeader[]): Headers | DeadLetter {
  const found: Record<keyof Headers, string | null> = {
    contentType: null,
    specversion: null,
    type: null,
    id: null,
    source: null,
    traceparent: null,
    ceTraceparent: null,
    tracestate: null,
  };
  for (const { name, value } of headers) {
    const slot = SLOTS.get(name);
    if (slot === undefined || value === null) continue;
    if (!isUtf8(value)) {
      if (TRACING.has(slot)) continue;
      return deadLetter('CE_ATTRIBUTE_INVALID', `The header ${name} is not UTF-8.`);
    }
    const text = value.toString('utf8');
    const earlier = found[slot];
    if (earlier === null || earlier === text) found[slot] = text;
    else if (TRACING.has(slot)) found[slot] = '';
    else
      return deadLetter(
        'CE_ATTRIBUTE_REPEATED',
        `The header ${name} occurs more than once with different values.`,
      );
  }
  return found;
}

function attributeFault({ specversion, type, id, source }: Headers): DeadLetter | null {
  const fault =
    textFault('specversion', specversion, LIMITS.ceIdCharactersMax) ??
    textFault('type', type, LIMITS.ceIdCharactersMax) ??
    textFault('id', id, LIMITS.ceIdCharactersMax) ??
    textFault('source', source, LIMITS.ceSourceCharactersMax);
  if (fault !== null) return fault;
  if (specversion !== '1.0') return deadLetter('CE_SPECVERSION_UNKNOWN');
  if (type === 'RefundCancelRequested') return deadLetter('CE_TYPE_RESERVED');
  return type === 'RefundRequested' ? null : deadLetter('CE_TYPE_UNKNOWN');
}

function textFault(attribute: string, value: unknown, charactersMax: number): DeadLetter | null {
  if (value === undefined || value === null || value === '') {
    return deadLetter('CE_ATTRIBUTE_MISSING', `The CloudEvents attribute ${attribute} is absent or empty.`);
  }
  if (typeof value !== 'string')
    return deadLetter('CE_ATTRIBUTE_INVALID', `The CloudEvents attribute ${attribute} is not text.`);
  if (value.includes('\0'))
    return deadLetter('CE_ATTRIBUTE_INVALID', `The CloudEvents attribute ${attribute} holds a NUL.`);
  return fits(value, charactersMax)
    ? null
    : deadLetter(
        'CE_ATTRIBUTE_INVALID',
        `The CloudEvents attribute ${attribute} is longer than ${String(charactersMax)} characters.`,
      );
}

/** W3C Trace Context: version, trace id, parent id, flags; ids of all zeros and version ff are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceparentOf(value: unknown): string | null {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : null;
}

function tracestateOf(value: string | null): string | null {
  return value !== null && /^[\x20-\x7e]{1,512}$/.test(value) ? value : null;
}
