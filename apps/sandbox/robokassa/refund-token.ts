import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { PASSWORD3 } from './credentials.ts';
import { asFields, isCompact, parseExactly } from './exact-json.ts';
import { message, notAccepted } from './refund-answers.ts';

export type TokenReading =
  | { readonly kind: 'payload'; readonly text: string }
  | { readonly kind: 'refused'; readonly answer: Answer };

const hashes = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);
/** Not in RoboKassa's documentation: what the Python library aiorobokassa writes for the three above. */
const lenientHashes = new Map([
  ['SHA256', 'sha256'],
  ['SHA384', 'sha384'],
  ['SHA512', 'sha512'],
]);

const unsupportedMediaType: Answer = { status: 415, contentType: 'text/plain', body: '' };
const unsigned = notAccepted(401, message.keyUnknown);

/** Takes the token out of a body, which is a JSON string and not the bare token, and checks its signature. */
export function readRefundToken(request: FastifyRequest, isLenient: boolean): TokenReading {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { kind: 'refused', answer: unsupportedMediaType };
  }
  const token = readString(request.body);
  if (token === undefined) {
    return { kind: 'refused', answer: notAccepted(400, message.badRequest) };
  }
  const text = signedPayload(token, isLenient);
  return text === undefined ? { kind: 'refused', answer: unsigned } : { kind: 'payload', text };
}

function readString(body: unknown): string | undefined {
  try {
    const value = JSON.parse(typeof body === 'string' ? body : '') as unknown;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for anything but three parts in base64url without padding, compact JSON in the first two, and the right third. */
function signedPayload(token: string, isLenient: boolean): string | undefined {
  const [, head, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (head === undefined || payload === undefined) {
    return undefined;
  }
  const hash = hashNamedIn(decoded(head), isLenient);
  const text = decoded(payload);
  if (hash === undefined || !isCompact(text)) {
    return undefined;
  }
  const expected = createHmac(hash, PASSWORD3).update(`${head}.${payload}`).digest('base64url');
  return signature === expected ? text : undefined;
}

function hashNamedIn(head: string, isLenient: boolean): string | undefined {
  if (!isCompact(head)) {
    return undefined;
  }
  try {
    const alg = String(asFields(parseExactly(head))?.['alg']);
    return hashes.get(alg) ?? (isLenient ? lenientHashes.get(alg) : undefined);
  } catch {
    return undefined;
  }
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
