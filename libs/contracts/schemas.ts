import { createRequire } from 'node:module';
import { descriptionOf } from './events/describe.ts';
import { CONVERTERS, type JsonSchema } from './events/decorators.ts';
import { EventHead } from './events/event-head.ts';
import { AccountingLine, BankReferences, ProviderRefusal, RefundFailure } from './events/parts.ts';
import { JournalSealed } from './events/journal-sealed.ts';
import { RefundCompleted } from './events/refund-completed.ts';
import { RefundFailed } from './events/refund-failed.ts';
import { RefundRequested } from './events/refund-requested.ts';
import { RefundReversed } from './events/refund-reversed.ts';
import { RefundStatusChanged } from './events/refund-status-changed.ts';
import { ResultAcknowledged } from './events/result-acknowledged.ts';
import { FREE_MEMBERS } from './journal/free-text.ts';
import { PROVIDERS } from './rules.ts';

const EVENTS = {
  RefundRequested,
  RefundCompleted,
  RefundFailed,
  RefundReversed,
  RefundStatusChanged,
  ResultAcknowledged,
  JournalSealed,
} as const;
const PARTS = { AccountingLine, BankReferences, ProviderRefusal, RefundFailure } as const;

export type EventName = keyof typeof EVENTS;
export const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

/** The schemas of the events (`events`) and of the objects inside them (`parts`), with references below `refPrefix`. */
export interface SchemaSet {
  readonly events: Readonly<Record<EventName, JsonSchema>>;
  readonly parts: Readonly<Record<string, JsonSchema>>;
}

/**
 * One JSON Schema (draft 7) per event, complete in itself, generated from the classes. The schema of each provider's options, by the provider's name,
 * applies to `providerOptions` of requests to that provider.
 */
export function composeSchemas(
  providerOptionSchemas: Readonly<Record<string, JsonSchema>> = {},
): Readonly<Record<EventName, JsonSchema>> {
  const { events, parts } = schemaSet(providerOptionSchemas, '#/definitions/');
  const complete = EVENT_NAMES.map((name): [EventName, JsonSchema] => {
    const used = partsUsed(events[name], parts);
    return [
      name,
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        $id: `urn:refundry:${name}:1`,
        title: name,
        ...events[name],
        ...(used.length > 0 && { definitions: Object.fromEntries(used.map((part) => [part, parts[part]])) }),
      },
    ];
  });
  return Object.fromEntries(complete) as Record<EventName, JsonSchema>;
}

export function schemaSet(
  providerOptionSchemas: Readonly<Record<string, JsonSchema>>,
  refPrefix: string,
): SchemaSet {
  const events = EVENT_NAMES.map((name) => [name, classSchema(EVENTS[name], refPrefix)] as const);
  const parts = Object.entries(PARTS).map(([name, part]) => [name, classSchema(part, refPrefix)] as const);
  const byName = Object.fromEntries(events) as Record<EventName, JsonSchema>;
  return {
    events: { ...byName, RefundRequested: withOptions(byName.RefundRequested, providerOptionSchemas) },
    parts: Object.fromEntries(parts),
  };
}

type Class = new () => object;
type Generator = (type: Class, options: Readonly<Record<string, unknown>>) => JsonSchema;

/** Loaded on first use, because a running processor never generates. */
function generator(): { readonly generate: Generator; readonly storage: unknown } {
  const require = createRequire(import.meta.url);
  const { targetConstructorToSchema } = require('class-validator-jsonschema') as {
    targetConstructorToSchema: Generator;
  };
  const { defaultMetadataStorage } = require('class-transformer/cjs/storage.js') as {
    defaultMetadataStorage: unknown;
  };
  return { generate: targetConstructorToSchema, storage: defaultMetadataStorage };
}

function classSchema(type: Class, refPrefix: string): JsonSchema {
  const { generate, storage } = generator();
  const converters = [...CONVERTERS].map(([name, schema]) => [
    name,
    (meta: { readonly constraints?: readonly unknown[] }) => schema(meta.constraints ?? []),
  ]);
  const raw = generate(type, {
    refPointerPrefix: refPrefix,
    classTransformerMetadataStorage: storage,
    // The library's own pattern refuses fractions of a second.
    additionalConverters: {
      ...Object.fromEntries(converters),
      isIso8601: () => ({ type: 'string', format: 'date-time' }),
    },
  });
  const properties = raw['properties'] as Readonly<Record<string, JsonSchema>>;
  const required = (raw['required'] ?? []) as readonly string[];
  const description = descriptionOf(type);
  return {
    ...(description !== undefined && { description }),
    type: 'object',
    properties: Object.fromEntries(
      namesInOrder(type, properties).map((name) => {
        const nullable = type === RefundRequested && !required.includes(name);
        return [name, described(type, name, nullable ? orNull(properties[name]) : properties[name])];
      }),
    ),
    required: namesInOrder(type, properties).filter((name) => required.includes(name)),
  };
}

/** As on the wire: the head, what the event adds, the free text. */
function namesInOrder(type: Class, properties: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys(properties);
  if (!(type.prototype instanceof EventHead)) return names;
  const free: readonly string[] = FREE_MEMBERS;
  const rank = (name: string): number => {
    if (free.includes(name)) return 2;
    return descriptionOf(EventHead, name) === undefined ? 1 : 0;
  };
  return names.toSorted((left, right) => rank(left) - rank(right));
}

function described(type: Class, name: string, schema: JsonSchema | undefined): JsonSchema {
  const description = descriptionOf(type, name);
  return { ...(description !== undefined && { description }), ...schema };
}

function orNull(schema: JsonSchema | undefined): JsonSchema {
  const type = schema?.['type'];
  return { ...schema, type: [...(Array.isArray(type) ? (type as string[]) : [type as string]), 'null'] };
}

function withOptions(request: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const rules = PROVIDERS.filter((provider) => schemas[provider] !== undefined).map((provider) => ({
    if: { properties: { provider: { const: provider } }, required: ['provider'] },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own keyword; nobody awaits a schema.
    then: { properties: { providerOptions: { anyOf: [schemas[provider], { type: 'null' }] } } },
  }));
  return rules.length === 0 ? request : { ...request, allOf: rules };
}

/** Names of the parts that a schema refers to, directly or through another part. */
function partsUsed(schema: JsonSchema, parts: Readonly<Record<string, JsonSchema>>): readonly string[] {
  const used = new Set<string>();
  const visit = (text: string): void => {
    for (const [name, part] of Object.entries(parts)) {
      if (used.has(name) || !text.includes(`/${name}"`)) continue;
      used.add(name);
      visit(JSON.stringify(part));
    }
  };
  visit(JSON.stringify(schema));
  return [...used].toSorted();
}
