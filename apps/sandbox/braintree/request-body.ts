import type { FastifyRequest } from 'fastify';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';

export type Fields = Readonly<Record<string, unknown>>;

export type FieldsReading =
  | { readonly kind: 'fields'; readonly fields: Fields }
  | { readonly kind: 'refused'; readonly answer: Answer };

const xmlReader = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: true,
});

/**
 * What stands under the body's one root (`transaction`, `search`), names in snake case: JSON as the Node library sends it, or XML as the
 * others do. No body, an empty one and `null` are `{}`. Anything malformed and any name beside the allowed ones is 403, as the vendor's
 * page on exceptions has it.
 */
export function readFields(
  request: FastifyRequest,
  root: string,
  allowed: ReadonlySet<string>,
): FieldsReading {
  const body = parsedBody(request);
  const value = body?.[root] ?? {};
  if (body === undefined || Object.keys(body).some((name) => name !== root)) {
    return { kind: 'refused', answer: emptyAnswer(403) };
  }
  const fields = value === '' ? {} : value;
  if (!isFields(fields) || Object.keys(fields).some((name) => !allowed.has(name))) {
    return { kind: 'refused', answer: emptyAnswer(403) };
  }
  return { kind: 'fields', fields };
}

/** The whole body; undefined when it is neither JSON nor XML with an object in it. */
export function parsedBody(request: FastifyRequest): Fields | undefined {
  const text = typeof request.body === 'string' ? request.body.trim() : '';
  if (text === '') {
    return {};
  }
  try {
    const isXml = request.headers['content-type']?.includes('xml') === true;
    const value: unknown = isXml ? parsedXml(text) : JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's text; undefined for an absent or null field, and for anything that is no scalar. */
export function textOfField(fields: Fields, name: string): string | undefined {
  return scalarText(fields[name]);
}

/** JSON's numbers and booleans count as their text, because XML has nothing else. */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
    case 'symbol':
    case 'undefined':
    case 'object':
    case 'function':
      return undefined;
  }
}

function parsedXml(text: string): unknown {
  if (text.includes('<!') || XMLValidator.validate(text) !== true) {
    return undefined;
  }
  return plain(xmlReader.parse(text));
}

/** Attributes decide the shape as everywhere in this API: `type="array"`, `type="boolean"`, `nil="true"`. */
function plain(node: unknown): unknown {
  if (Array.isArray(node)) {
    return node.map(plain);
  }
  if (!isFields(node)) {
    return node;
  }
  if (node['@nil'] === 'true') {
    return null;
  }
  const children = Object.entries(node).filter(([name]) => !name.startsWith('@') && name !== '#text');
  if (node['@type'] === 'array') {
    return children.flatMap(([, child]) => (Array.isArray(child) ? child.map(plain) : [plain(child)]));
  }
  const text = node['#text'];
  if (children.length === 0 && Object.keys(node).length > 0) {
    return node['@type'] === 'boolean' ? text === 'true' : (text ?? '');
  }
  return Object.fromEntries(children.map(([name, child]) => [name.replaceAll('-', '_'), plain(child)]));
}
