import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** One element of an answer. Texts stay as they were written: no number, no boolean and no date is made of them. */
export interface XmlElement {
  readonly name: string;
  /** `nil="true"`: there is no value, which is not the same as an empty text. */
  readonly isNil: boolean;
  /** What Braintree says the value is: `array`, `integer`, `datetime`, …; null where it says nothing. */
  readonly type: string | null;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** In order, with the names as written: otherwise one child and a list of one could not be told apart. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // The five entities of XML itself and characters by number; a document that declares more is not read at all.
  htmlEntities: true,
});

/** Braintree's deepest answer has about eight levels. */
const DEPTH_MAX = 32;

/**
 * The root of an XML document; null when it is none, is cut off, or declares a document type: an entity of its own could make any text out of
 * the answer, or a gigabyte of it.
 */
export function parseXml(document: string): XmlElement | null {
  if (/<!DOCTYPE/i.test(document)) return null;
  try {
    if (XMLValidator.validate(document) !== true) return null;
    const [root, ...more] = elementsOf(parser.parse(document) as readonly ParsedNode[], 0);
    return root === undefined || more.length > 0 ? null : root;
  } catch {
    return null;
  }
}

/** The only child of that name; null when there is none or more than one: two answers to one question are no answer. */
export function child(element: XmlElement, name: string): XmlElement | null {
  const [first, ...more] = element.children.filter((each) => each.name === name);
  return first === undefined || more.length > 0 ? null : first;
}

/** The text of a child; null where it is absent, nil, empty or has elements of its own. */
export function textOf(element: XmlElement, name: string): string | null {
  const found = child(element, name);
  if (found === null || found.isNil || found.children.length > 0 || found.text === '') return null;
  return found.text;
}

/** The items of a list (`type="array"`), whatever they are called; empty when it is empty, nil or absent. */
export function itemsOf(element: XmlElement, name: string): readonly XmlElement[] {
  return child(element, name)?.children ?? [];
}

/** The parser's own form: one member named like the element, one for its attributes, or `#text`. */
type ParsedNode = Readonly<Record<string, unknown>>;

const ATTRIBUTES = ':@';
const TEXT = '#text';

function elementsOf(nodes: readonly ParsedNode[], depth: number): readonly XmlElement[] {
  if (depth > DEPTH_MAX) throw new Error('nested too deeply');
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES && key !== TEXT);
    if (name === undefined) return [];
    const inner = node[name] as readonly ParsedNode[];
    const attributes = (node[ATTRIBUTES] ?? {}) as Readonly<Record<string, unknown>>;
    return [
      {
        name,
        isNil: attributes['nil'] === 'true',
        type: typeof attributes['type'] === 'string' ? attributes['type'] : null,
        text: inner.map((each) => (typeof each[TEXT] === 'string' ? each[TEXT] : '')).join(''),
        children: elementsOf(inner, depth + 1),
      },
    ];
  });
}
