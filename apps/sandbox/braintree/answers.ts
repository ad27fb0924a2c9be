import type { Answer } from '../calls/answer.ts';
import { xmlDocument, type XmlValue } from './xml.ts';

const XML_CONTENT_TYPE = 'application/xml; charset=utf-8';

export function xmlAnswer(status: number, root: string, value: XmlValue): Answer {
  return { status, contentType: XML_CONTENT_TYPE, body: xmlDocument(root, value) };
}

/** What everything but 2xx and 422 says: the status alone. */
export function emptyAnswer(status: number): Answer {
  return { status, contentType: XML_CONTENT_TYPE, body: '' };
}
