import { XMLBuilder } from 'fast-xml-parser';
import type { Answer } from '../calls/answer.ts';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

/** `@_name` members become attributes. */
export function xmlAnswer(status: number, document: Readonly<Record<string, unknown>>): Answer {
  const declaration = { '@_version': '1.0', '@_encoding': 'utf-8' };
  return {
    status,
    contentType: 'text/xml; charset=utf-8',
    body: builder.build({ '?xml': declaration, ...document }),
  };
}
