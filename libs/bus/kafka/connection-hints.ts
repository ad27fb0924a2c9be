import { BusError } from '../bus-error.ts';

/** What people see when the connection is set up wrongly, and where to look: only some of these texts name their cause. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/Closed connection/, 'the broker hung up: does this port want SASL credentials, or TLS?'],
  [
    /self-signed certificate|unable to verify|unable to get (local )?issuer/,
    'the certificate is not trusted: give its authority (ssl.ca)',
  ],
  [/Hostname\/IP does not match|altnames/, 'the certificate is for another name: set ssl.servername'],
  [
    /before secure TLS connection was established|wrong version number/,
    'this port does not speak TLS: leave out ssl or use another port',
  ],
  [/authentication failed|SASL/i, 'check mechanism, user name and password'],
  [/ECONNREFUSED/, 'nothing listens there: is the broker running, is the address right?'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name does not resolve'],
  [
    /Connection timeout|ETIMEDOUT|EHOSTUNREACH/,
    'no answer: address, firewall, or a broker that advertises another address?',
  ],
];

/** The error with the hint that fits its text; an error that is none of the connection passes with its text alone. */
export function explain(error: unknown): BusError {
  if (error instanceof BusError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (isForbidden(error)) return new BusError('BUS_REFUSED', text, { cause: error });
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return hint === undefined
    ? new BusError('BUS_FAILED', text, { cause: error })
    : new BusError('BUS_UNREACHABLE', `${text} (${hint})`, { cause: error });
}

/** What asking again does not change. */
const REFUSALS: ReadonlySet<BusError['code']> = new Set(['TOPIC_MISSING', 'BATCH_UNREADABLE', 'BUS_REFUSED']);

/** The broker's lists of rights do not let this user do it. */
function isForbidden(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ('type' in at && String(at.type).endsWith('_AUTHORIZATION_FAILED')) return true;
  return false;
}

/** True for a refusal that waiting does not cure. kafkajs wraps errors in each other, so the causes count too. */
export function isRefusal(error: unknown): boolean {
  if (isForbidden(error)) return true;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSSASLAuthenticationError') return true;
    if (at instanceof BusError && REFUSALS.has(at.code)) return true;
  }
  return false;
}

/** The broker's error name somewhere in the chain of causes, e.g. `MESSAGE_TOO_LARGE`. */
export function hasErrorType(error: unknown, type: string): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && at.type === type) return true;
  }
  return false;
}

/** Errors of kafkajs that say no more than that a broker is away or starting, although it holds them for final: a consumer that meets one ends for good. */
const BROKER_AWAY = new Set(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSBrokerNotFound']);

/** Whether what ended a consumer is over when the brokers are back. */
export function saysBrokerAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (BROKER_AWAY.has(at.name)) return true;
  return false;
}
