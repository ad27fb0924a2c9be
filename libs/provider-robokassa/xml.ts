import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element's text, or its children by local name. */
type Element = string | ElementMap | readonly Element[];
interface ElementMap {
  readonly [name: string]: Element;
}

/**
 * Names without their prefix, because RoboKassa's answers were seen in two namespaces. Every text stays the text it is: no numbers, no entities. With a
 * document type the parser would have names to resolve, so there must be none.
 */
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: true,
});

/** Reads a document with that root, or with any where none is named; null when it is anything else. */
export function readDocument(text: string, root: string | null = null): ElementMap | null {
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) return null;
  try {
    const document = parser.parse(text) as ElementMap;
    const [name, ...others] = Object.keys(document);
    const isRight = name !== undefined && others.length === 0 && (root === null || name === root);
    return isRight ? childrenOf(document[name]) : null;
  } catch {
    return null;
  }
}

/** The element of that name with its children; empty when it is not there, null when it is there twice or has only text. */
export function elementIn(parent: ElementMap, name: string): ElementMap | null {
  const found = Object.hasOwn(parent, name) ? parent[name] : '';
  return found === '' ? {} : childrenOf(found);
}

/** The text of the element of that name; null when it is not there, there twice, or has children. */
export function textIn(parent: ElementMap, name: string): string | null {
  const found = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return typeof found === 'string' ? found : null;
}

function childrenOf(element: Element | undefined): ElementMap | null {
  return typeof element === 'object' && !isList(element) ? element : null;
}

function isList(element: ElementMap | readonly Element[]): element is readonly Element[] {
  return Array.isArray(element);
}
