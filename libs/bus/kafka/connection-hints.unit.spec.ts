import { createRequire } from 'node:module';
import { topicMissing } from '../bus-error.ts';
import { explain, hasErrorType, isRefusal, saysBrokerAway } from './connection-hints.ts';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/errors.js') as Readonly<
  Record<string, new (cause: unknown) => Error>
>;

describe('a connection error', () => {
  it.each([
    ['Closed connection', /SASL credentials, or TLS/],
    ['Connection error: self-signed certificate in certificate chain', /authority/],
    ['Client network socket disconnected before secure TLS connection was established', /does not speak TLS/],
    ['SASL SCRAM SHA512 authentication failed: invalid credentials', /user name and password/],
    ['Connection error: connect ECONNREFUSED 127.0.0.1:9092', /nothing listens/],
    ['Connection error: getaddrinfo ENOTFOUND kafka', /does not resolve/],
    ['Connection timeout', /firewall/],
  ])('"%s" says where to look', (text, hint) => {
    const cause = new Error(text);
    expect(explain(cause)).toMatchObject({
      code: 'BUS_UNREACHABLE',
      message: expect.stringMatching(hint) as string,
      cause,
    });
    expect(explain(cause).message).toContain(text);
  });

  it('is told apart from an answer of the broker', () => {
    expect(explain(new Error('The group is rebalancing'))).toMatchObject({
      code: 'BUS_FAILED',
      message: 'The group is rebalancing',
    });
    const known = topicMissing(['t']);
    expect(explain(known)).toBe(known);
  });

  it('is found behind kafkajs’s wrappers', () => {
    const answer = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
    const wrapped = new Error('wrapped', { cause: new Error('again', { cause: answer }) });
    expect(hasErrorType(wrapped, 'MESSAGE_TOO_LARGE')).toBe(true);
    expect(hasErrorType(wrapped, 'REBALANCE_IN_PROGRESS')).toBe(false);
    const refused = Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError' });
    expect(isRefusal(new Error('wrapped', { cause: refused }))).toBe(true);
    expect(isRefusal(answer)).toBe(false);
  });
});

describe('what ended a consumer for good', () => {
  const wrapped = (name: string): Error => {
    const cause = new (kafkajs[name] as new (text: string) => Error)('Failed to find it');
    return new Error('KafkaJSNonRetriableError', { cause });
  };

  it.each(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSBrokerNotFound'])(
    'is over when the brokers are back: %s',
    (name) => {
      expect(saysBrokerAway(wrapped(name))).toBe(true);
    },
  );

  it('stays where it refuses us, or is unknown', () => {
    expect(saysBrokerAway(wrapped('KafkaJSSASLAuthenticationError'))).toBe(false);
    expect(saysBrokerAway(new TypeError('a defect'))).toBe(false);
  });
});
