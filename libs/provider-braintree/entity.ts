import { InexactNumber, type Json, type JsonObject } from '#libs/provider-kit';
import type { XmlElement } from './xml.ts';

/** A transaction with every field that Braintree sent, by the names of its reference pages (`refunded_transaction_id`). Amounts stay the texts that they are. */
export function entityOf(element: XmlElement): JsonObject {
  const entries: [string, Json][] = [];
  for (const { name } of element.children) {
    if (entries.some(([known]) => known === fieldName(name))) continue;
    const values = element.children.filter((each) => each.name === name).map(valueOf);
    const [first = null, ...more] = values;
    entries.push([fieldName(name), more.length === 0 ? first : values]);
  }
  return Object.fromEntries(entries);
}

function fieldName(name: string): string {
  return name.replaceAll('-', '_');
}

function valueOf(element: XmlElement): Json {
  const { isNil, type, children, text } = element;
  if (isNil) return null;
  if (type === 'array' || type === 'collection') return children.map(valueOf);
  if (children.length > 0) return entityOf(element);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'integer' && /^(0|-?[1-9]\d*)$/.test(text)) return numberOf(text);
  return text;
}

function numberOf(text: string): Json {
  return text.length <= 15 ? Number(text) : new InexactNumber(text);
}
