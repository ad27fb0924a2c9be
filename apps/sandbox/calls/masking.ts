import type { LoggedCall } from './request-log.ts';

const MASK = '***';

const secretHeader = /authorization|signature|secret|token|cookie|password/i;
const secretWord = '(?:signature|password|secret|token|nonce)';
/** `"SignatureValue":"…"` */
const secretMember = new RegExp(String.raw`(${secretWord}\w*"\s*:\s*")(?:[^"\\]|\\.)*`, 'gi');
/** `Signature=…` in queries and forms. */
const secretParameter = new RegExp(String.raw`(${secretWord}[\w%-]*=)[^&\s]*`, 'gi');
/** `<SignatureValue>…</SignatureValue>` */
const secretElement = new RegExp(String.raw`(<([\w-]*${secretWord}[\w-]*)>)[^<]*(</\2>)`, 'gi');
/** Card numbers and security codes: `"number":"4111…"`, `<cvv>123</cvv>`. */
const cardMember = /("(?:number|cvv)"\s*:\s*"?)[\d -]*/g;
const cardElement = /(<(number|cvv)>)[^<]*(<\/\2>)/g;
/** The id of a RoboKassa refund request is all that its state is asked with: whoever reads one may ask. */
const refundRequestId = /(\/GetState\?(?:[^\s#]*&)?id=)[^&\s]*/gi;
const jsonWebToken = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** The public form of a logged call: what identifies the request stays, whatever could authorise another one is gone. */
export function maskedCall(call: LoggedCall, secrets: readonly string[]): Record<string, unknown> {
  return {
    at: new Date(call.atMs).toISOString(),
    provider: call.provider,
    operation: call.operation,
    method: call.method,
    path: maskedText(call.url, secrets),
    headers: maskedHeaders(call.headers, secrets),
    body: maskedText(call.body, secrets),
    status: call.status,
    fault: call.fault,
    durationMs: call.durationMs,
  };
}

function maskedHeaders(headers: LoggedCall['headers'], secrets: readonly string[]): Record<string, string> {
  const masked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    masked[name] = secretHeader.test(name) ? maskedCredential(name, text) : maskedText(text, secrets);
  }
  return masked;
}

/** The scheme word stays readable: a wrong one is what a 401 is usually about. */
function maskedCredential(name: string, value: string): string {
  const scheme = /^(\w+) /.exec(value)?.[1];
  return /authorization/i.test(name) && scheme !== undefined ? `${scheme} ${MASK}` : MASK;
}

function maskedText(text: string, secrets: readonly string[]): string {
  let masked = text
    .replace(secretElement, `$1${MASK}$3`)
    .replace(secretMember, `$1${MASK}`)
    .replace(secretParameter, `$1${MASK}`)
    .replace(cardMember, `$1${MASK}`)
    .replace(cardElement, `$1${MASK}$3`)
    .replace(refundRequestId, `$1${MASK}`)
    .replace(jsonWebToken, MASK);
  for (const secret of secrets) {
    masked = masked.replaceAll(secret, MASK);
  }
  return masked;
}
