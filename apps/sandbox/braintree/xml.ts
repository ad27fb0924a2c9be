/**
 * XML in Braintree's conventions: `null` is `nil="true"`, a number `type="integer"`, a boolean `type="boolean"`, an instant
 * `type="datetime"` without milliseconds. Written by hand because a general builder took longer than everything else about a call.
 */
export type XmlValue =
  | string
  | number
  | boolean
  | null
  | Date
  | XmlSymbol
  | XmlList
  | { readonly [name: string]: XmlValue | undefined };

/** A word that names something: `type="symbol"`. */
interface XmlSymbol {
  readonly xmlSymbol: string;
}

/** `type="array"` wraps its items in `itemName`; `type="collection"` mixes them with other fields. */
export interface XmlList {
  readonly xmlList: 'array' | 'collection';
  readonly itemName: string;
  readonly items: readonly XmlValue[];
  readonly beside?: { readonly [name: string]: XmlValue };
}

export function xmlArray(itemName: string, items: readonly XmlValue[]): XmlList {
  return { xmlList: 'array', itemName, items };
}

/** A whole document; the root's value may be anything. */
export function xmlDocument(root: string, value: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xmlElement(root, value)}`;
}

function xmlElement(name: string, value: XmlValue): string {
  if (value === null) {
    return `<${name} nil="true"/>`;
  }
  if (typeof value === 'string') {
    return `<${name}>${escaped(value)}</${name}>`;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return `<${name} type="${typeof value === 'number' ? 'integer' : 'boolean'}">${value}</${name}>`;
  }
  return value instanceof Date
    ? `<${name} type="datetime">${value.toISOString().slice(0, 19)}Z</${name}>`
    : xmlContainer(name, value);
}

function xmlContainer(
  name: string,
  value: XmlSymbol | XmlList | { readonly [name: string]: XmlValue | undefined },
): string {
  if (isSymbol(value)) {
    return `<${name} type="symbol">${escaped(value.xmlSymbol)}</${name}>`;
  }
  if (!isList(value)) {
    const children = xmlChildren(value);
    return children === '' ? `<${name}/>` : `<${name}>${children}</${name}>`;
  }
  let children = value.beside === undefined ? '' : xmlChildren(value.beside);
  for (const item of value.items) {
    children += xmlElement(value.itemName, item);
  }
  const start = `<${name} type="${value.xmlList}"`;
  return children === '' ? `${start}/>` : `${start}>${children}</${name}>`;
}

function xmlChildren(fields: { readonly [name: string]: XmlValue | undefined }): string {
  let children = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      children += xmlElement(name, value);
    }
  }
  return children;
}

function isSymbol(value: object): value is XmlSymbol {
  return 'xmlSymbol' in value;
}

function isList(value: object): value is XmlList {
  return 'xmlList' in value;
}

const special = /[&<>"]/g;

function escaped(text: string): string {
  return text.replace(special, (character) => {
    switch (character) {
      case '&':
        return '&amp;';
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
    }
    return '&quot;';
  });
}
