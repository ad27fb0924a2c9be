import type { FastifyRequest } from 'fastify';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Answer } from '../calls/answer.ts';
import { MERCHANT_LOGIN, PASSWORD1 } from './credentials.ts';
import type { RobokassaLedger } from './ledger.ts';
import { isSignedWith } from './signature.ts';
import { xmlAnswer } from './xml-answer.ts';

/**
 * `Code` of an answer. Only 0 is documented; 1 to 3 and 1000 mean what they mean to OpStateExt, the rest is the sandbox's own. A refusal
 * has status 200 all the same: the client has to look at the code.
 */
export const legacyCode = {
  done: 0,
  signatureWrong: 1,
  shopUnknown: 2,
  invoiceUnknown: 3,
  notEnoughFunds: 5,
  notRefunded: 6,
  unreadable: 7,
  internalError: 1000,
} as const;
type LegacyCode = (typeof legacyCode)[keyof typeof legacyCode];

/** The XML document of an old refund call: its elements but the signature, by name. */
export type LegacyDocument = Readonly<Record<string, string>>;

export type LegacyReading =
  | { readonly kind: 'document'; readonly document: LegacyDocument }
  | { readonly kind: 'refused'; readonly answer: Answer };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
});

/** Flat and without a namespace: such clients read the root's children and nothing deeper. */
export function legacyAnswer(code: LegacyCode, description: string, state?: number): Answer {
  const content = { Code: code, Description: description, ...(state === undefined ? {} : { State: state }) };
  return xmlAnswer(200, { Response: content });
}

/**
 * Reads the body, which is bare XML whatever its media type says, and checks its signature: the values in the order of their elements'
 * names, then the first password.
 */
export function readLegacyDocument(
  ledger: RobokassaLedger,
  request: FastifyRequest,
  root: string,
  names: readonly string[],
): LegacyReading {
  const elements = elementsIn(request.body, root);
  if (elements === undefined) {
    return refused(legacyCode.unreadable, `The body is no ${root} document`);
  }
  const { SignatureValue: signature, ...document } = elements;
  const unknown = Object.keys(document).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    return refused(legacyCode.unreadable, `Unknown element ${unknown.join(', ')}`);
  }
  if (document['MerchantLogin'] !== MERCHANT_LOGIN) {
    return refused(legacyCode.shopUnknown, 'Unknown MerchantLogin');
  }
  const values = Object.keys(document)
    .toSorted()
    .map((name) => document[name] ?? '');
  return isSignedWith(ledger.behaviour.hashAlgorithm, [...values, PASSWORD1], signature)
    ? { kind: 'document', document }
    : refused(legacyCode.signatureWrong, 'Wrong signature');
}

function refused(code: LegacyCode, description: string): LegacyReading {
  return { kind: 'refused', answer: legacyAnswer(code, description) };
}

/** Undefined unless the text is one root of that name with elements that hold nothing but text, each there once. */
function elementsIn(body: unknown, root: string): Readonly<Record<string, string>> | undefined {
  if (typeof body !== 'string' || XMLValidator.validate(body) !== true) {
    return undefined;
  }
  const document = parser.parse(body) as Readonly<Record<string, unknown>>;
  const content = document[root];
  if (typeof content !== 'object' || content === null) {
    return undefined;
  }
  const elements = content as Readonly<Record<string, unknown>>;
  const isText = Object.values(elements).every((value) => typeof value === 'string');
  return isText ? (elements as Readonly<Record<string, string>>) : undefined;
}
