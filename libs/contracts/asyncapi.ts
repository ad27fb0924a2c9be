import type { JsonSchema } from './events/decorators.ts';
import { EVENT_NAMES, schemaSet, type EventName } from './schemas.ts';

/** Default names of the topics and what is on them; installations may name them otherwise. */
const CHANNELS = {
  requests: {
    address: 'refunds.requested.v1',
    description: 'Requests for refunds. The key orders them; intake does not check it.',
    key: 'The paymentId.',
    messages: ['RefundRequested'],
  },
  results: {
    address: 'refunds.results.v1',
    description: 'How each refund ended, and reversals afterwards.',
    key: 'The paymentId.',
    messages: ['RefundCompleted', 'RefundFailed', 'RefundReversed'],
  },
  status: {
    address: 'refunds.status.v1',
    description: 'The current state of every refund, as a compacted topic.',
    key: 'The refundId.',
    messages: ['RefundStatusChanged'],
  },
  acknowledged: {
    address: 'refunds.acknowledged.v1',
    description: 'What consumers of the results have taken: the proof that a result arrived there.',
    key: 'The paymentId.',
    messages: ['ResultAcknowledged'],
  },
  seals: {
    address: 'refunds.seals.v1',
    description: 'Seals of the journal in their order, in one partition.',
    key: 'The same for all seals.',
    messages: ['JournalSealed'],
  },
} as const satisfies Readonly<
  Record<string, { address: string; description: string; key: string; messages: readonly EventName[] }>
>;

const PARTITIONS = 12;
const RESULTS_SOURCE = '/refundry/results';
const STATUS_SOURCE = '/refundry/status';
const SEALS_SOURCE = '/refundry/seals';

/** The AsyncAPI 3.0 document of Refundry, seen from Refundry: it receives requests and sends the rest. */
export function asyncApi(providerOptionSchemas: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  const { events, parts } = schemaSet(providerOptionSchemas, '#/components/schemas/');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Refundry',
      version: '1.0.0',
      description:
        'Refunds on a message bus. Events are CloudEvents 1.0; produced in binary mode, accepted in binary and structured mode. Consumers ignore unknown fields and tolerate repeated messages (same ce_id).',
    },
    defaultContentType: 'application/json',
    channels: channels(),
    operations: operations(),
    components: {
      messages: { ...eventMessages(), DeadLetter: deadLetterMessage() },
      schemas: { ...events, ...parts },
    },
  };
}

/** Where a topic is not as the others. */
const TOPIC_SETTINGS: Readonly<Record<string, JsonSchema>> = {
  status: { topicConfiguration: { 'cleanup.policy': ['compact'] } },
  seals: { partitions: 1, topicConfiguration: { 'retention.ms': -1 } },
};

function channels(): JsonSchema {
  const entries = Object.entries(CHANNELS).map(([name, { address, description, messages }]) => [
    name,
    channel(address, description, messages, TOPIC_SETTINGS[name] ?? {}),
  ]);
  return {
    ...(Object.fromEntries(entries) as JsonSchema),
    deadLetters: channel(
      `${CHANNELS.requests.address}.dlq`,
      'Requests that could not be handled, with key, value and headers as they came and the reason in headers of ours.',
      ['DeadLetter'],
      {},
    ),
  };
}

function channel(
  address: string,
  description: string,
  messages: readonly string[],
  kafka: JsonSchema,
): JsonSchema {
  return {
    address,
    description,
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { kafka: { topic: address, partitions: PARTITIONS, ...kafka, bindingVersion: '0.5.0' } },
  };
}

function operations(): JsonSchema {
  const operation = (action: 'receive' | 'send', channelName: string, summary: string): JsonSchema => ({
    action,
    channel: { $ref: `#/channels/${channelName}` },
    summary,
  });
  return {
    receiveRequests: operation('receive', 'requests', 'Takes requests in.'),
    sendResults: operation('send', 'results', 'Publishes how refunds ended.'),
    sendStatus: operation('send', 'status', 'Publishes the state of refunds.'),
    receiveAcknowledgements: operation('receive', 'acknowledged', 'Learns which results a consumer has.'),
    sendSeals: operation('send', 'seals', 'Publishes the seals of the journal.'),
    sendDeadLetters: operation('send', 'deadLetters', 'Lays aside what cannot be handled.'),
  };
}

function eventMessages(): JsonSchema {
  return Object.fromEntries(
    EVENT_NAMES.map((name) => {
      const found = Object.values(CHANNELS).find(({ messages }) =>
        (messages as readonly string[]).includes(name),
      );
      return [
        name,
        {
          name,
          title: name,
          contentType: 'application/json',
          headers: headersOf(name),
          payload: { $ref: `#/components/schemas/${name}` },
          bindings: { kafka: { key: { type: 'string', description: found?.key }, bindingVersion: '0.5.0' } },
        },
      ];
    }),
  );
}

interface HeaderRules {
  readonly source: JsonSchema;
  readonly id: string;
  readonly subject: JsonSchema;
  readonly traced: boolean;
}

function headerRules(name: EventName): HeaderRules {
  const ofRefund = { subject: { description: 'The refundId.' }, traced: true };
  switch (name) {
    case 'JournalSealed':
      return {
        source: { const: SEALS_SOURCE },
        id: 'seal.<seal>',
        subject: { const: 'journal' },
        traced: false,
      };
    case 'ResultAcknowledged':
      return {
        ...ofRefund,
        source: { description: '/accounting/<consumer>' },
        id: '<consumer>.<ce_id of the result>',
      };
    case 'RefundRequested':
      return { ...ofRefund, source: {}, id: 'Chosen by the sender.' };
    case 'RefundStatusChanged':
      return { ...ofRefund, source: { const: STATUS_SOURCE }, id: '<refundId>.<sequence>' };
    case 'RefundCompleted':
    case 'RefundFailed':
    case 'RefundReversed':
      return { ...ofRefund, source: { const: RESULTS_SOURCE }, id: '<refundId>.<sequence>' };
  }
}

function headersOf(name: EventName): JsonSchema {
  const ours = name !== 'RefundRequested';
  const { source, id, subject, traced } = headerRules(name);
  const always = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'];
  return {
    type: 'object',
    properties: {
      'content-type': { type: 'string', ...(ours && { const: 'application/json' }) },
      ce_specversion: { type: 'string', const: '1.0' },
      ce_id: { type: 'string', description: id },
      ce_source: { type: 'string', ...source },
      ce_type: { type: 'string', const: name },
      ce_subject: { type: 'string', ...subject },
      ce_time: { type: 'string', format: 'date-time' },
      ce_dataschema: { type: 'string', const: `urn:refundry:${name}:1` },
      ...(traced && {
        traceparent: { type: 'string', description: 'W3C Trace Context, carried through from the request.' },
      }),
    },
    required: ours ? ['content-type', ...always, 'ce_subject', 'ce_time', 'ce_dataschema'] : always,
  };
}

function deadLetterMessage(): JsonSchema {
  const text = (description: string): JsonSchema => ({ type: 'string', description });
  const properties = {
    'dlq-reason': text('The code, one of the list in docs/ERRORS.md.'),
    'dlq-message': text('The reason for people.'),
    'dlq-topic': text('Where the message was read.'),
    'dlq-partition': text('Where the message was read.'),
    'dlq-offset': text('Where the message was read.'),
    'dlq-timestamp': text("The record's own timestamp, Unix milliseconds."),
    'dlq-group': text('The consumer group that laid it aside.'),
  };
  return {
    name: 'DeadLetter',
    title: 'A request that could not be handled',
    summary: 'Key, value and headers are those of the original, byte for byte; the value may be anything.',
    headers: { type: 'object', properties, required: Object.keys(properties) },
    payload: {},
    bindings: { kafka: { key: text('The key of the original.'), bindingVersion: '0.5.0' } },
  };
}
