import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { asyncApi } from './asyncapi.ts';
import { contractFiles } from './contract-files.ts';
import { composeSchemas, type JsonSchema } from './index.ts';
import { providerOptionSchemas } from './provider-option-schemas.ts';
import { breakingChanges, sampleRequest } from './testing/index.ts';

const DIRECTORY = join(process.cwd(), 'contracts');
const RELEASED = join(DIRECTORY, 'released');
const read = (path: string): JsonSchema => JSON.parse(readFileSync(path, 'utf8')) as JsonSchema;
const ajv = (): Ajv =>
  new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, formats: { 'date-time': true } });

describe('the files of contracts/', () => {
  const files = contractFiles(providerOptionSchemas(DIRECTORY));

  it.each([...files.keys()])('%s is what the classes say; otherwise run npm run contracts', (name) => {
    expect(readFileSync(join(DIRECTORY, name), 'utf8')).toBe(files.get(name));
  });

  it('hold nothing that is no longer generated', () => {
    const present = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
    expect(new Set(present)).toEqual(new Set(files.keys()));
  });

  it('only add to what was released', () => {
    const released = existsSync(RELEASED) ? readdirSync(RELEASED) : [];
    expect(released.length).toBeGreaterThan(0);
    for (const name of released) {
      const direction = /^(RefundRequested|ResultAcknowledged)/.test(name) ? 'consumed' : 'produced';
      expect(breakingChanges(read(join(RELEASED, name)), read(join(DIRECTORY, name)), direction)).toEqual([]);
    }
  });
});

describe('the schema of each event', () => {
  const messages = readdirSync(join(DIRECTORY, 'fixtures'))
    .filter((name) => name.startsWith('entry-'))
    .flatMap((name) => {
      const { messages: written } = read(join(DIRECTORY, 'fixtures', name)) as {
        messages: readonly { value: string; headers: readonly [string, string][] }[];
      };
      return written.map(({ value, headers }) => ({ name, value, headers: Object.fromEntries(headers) }));
    });

  it.each(messages)('takes the $headers.ce_type of $name, headers too', ({ value, headers }) => {
    const type = headers['ce_type'] ?? '';
    const schema = composeSchemas()[type as keyof ReturnType<typeof composeSchemas>];
    const validate = ajv().compile(schema);
    expect(validate(JSON.parse(value))).toBe(true);
    expect(headers['ce_dataschema']).toBe(schema['$id']);
    const document = asyncApi() as { components: { messages: Record<string, { headers: JsonSchema }> } };
    expect(ajv().validate(document.components.messages[type]?.headers ?? false, headers)).toBe(true);
  });

  it.each(Object.entries(composeSchemas()))(
    '%s misses every required field that is taken away',
    (_name, schema) => {
      const validate = ajv().compile(schema);
      validate({});
      const missing = validate.errors
        ?.filter(({ keyword }) => keyword === 'required')
        .map(({ params }) => params as { missingProperty: string });
      expect(missing?.map(({ missingProperty }) => missingProperty)).toEqual(schema['required']);
    },
  );
});

describe("a provider's options", () => {
  const speed = { type: 'object', properties: { speed: { enum: ['normal', 'optimum'] } } };
  const validate = ajv().compile(composeSchemas({ razorpay: speed }).RefundRequested);

  it('are checked for requests to that provider', () => {
    expect(validate({ ...sampleRequest, providerOptions: { speed: 'normal' } })).toBe(true);
    expect(validate({ ...sampleRequest, providerOptions: { speed: 'warp' } })).toBe(false);
    expect(validate({ ...sampleRequest, providerOptions: null })).toBe(true);
  });

  it('are not checked for requests to others', () => {
    expect(validate({ ...sampleRequest, provider: 'braintree', providerOptions: { speed: 'warp' } })).toBe(
      true,
    );
  });
});

describe('the AsyncAPI document', () => {
  const document = asyncApi({ razorpay: { type: 'object' } });

  it('is valid AsyncAPI 3.0', () => {
    const require = createRequire(import.meta.url);
    const specification = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as JsonSchema;
    const validator = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = validator.compile(specification);
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, channels: 7 })).toBe(false);
  });

  it('refers only to what is in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference ?? '',
    );
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      const path = reference.replace('#/', '').split('/');
      const target = path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined)?.[name],
        document,
      );
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });
});

describe('the check for breaking changes', () => {
  const schema = (properties: JsonSchema, required: string[] = []): JsonSchema => ({
    type: 'object',
    properties,
    required,
  });
  const text = { type: 'string', maxLength: 10 };

  it.each([
    ['nothing', schema({ a: text }), schema({ a: text })],
    ['a new optional field', schema({ a: text }), schema({ a: text, b: text })],
  ])('lets %s pass both ways', (_what, before, after) => {
    expect(breakingChanges(before, after, 'consumed')).toEqual([]);
    expect(breakingChanges(before, after, 'produced')).toEqual([]);
  });

  it.each([
    ['a new required field', schema({ a: text }), schema({ a: text }, ['a']), '/a: required', null],
    ['a field that is optional now', schema({ a: text }, ['a']), schema({ a: text }), null, '/a: required'],
    ['a removed field', schema({ a: text }), schema({}), '/a: removed', '/a: removed'],
    ['a shorter text', schema({ a: text }), schema({ a: { ...text, maxLength: 9 } }), '/a: maxLength', null],
    ['a longer text', schema({ a: text }), schema({ a: { ...text, maxLength: 11 } }), null, '/a: maxLength'],
    ['a value less', schema({ a: { enum: ['x', 'y'] } }), schema({ a: { enum: ['x'] } }), '/a: enum', null],
    ['a value more', schema({ a: { enum: ['x'] } }), schema({ a: { enum: ['x', 'y'] } }), null, '/a: enum'],
    ['null too', schema({ a: text }), schema({ a: { ...text, type: ['string', 'null'] } }), null, '/a: type'],
    ['another type', schema({ a: text }), schema({ a: { ...text, type: 'number' } }), '/a: type', '/a: type'],
    ['a new pattern', schema({ a: text }), schema({ a: { ...text, pattern: '^x' } }), '/a: pattern', null],
    [
      'a change inside an array',
      schema({ a: { items: text } }),
      schema({ a: { items: { ...text, maxLength: 1 } } }),
      '/a/items: maxLength',
      null,
    ],
  ])('judges %s by who fills the value in', (_what, before, after, consumed, produced) => {
    expect(breakingChanges(before, after, 'consumed')).toEqual(consumed === null ? [] : [consumed]);
    expect(breakingChanges(before, after, 'produced')).toEqual(produced === null ? [] : [produced]);
  });
});
