import type { StoredAttempt } from '#libs/provider-kit';
import { invariant } from '#libs/refund';
import type { RobokassaCredentials } from '../account.ts';
import { readDocument, textIn } from '../xml.ts';

/** What a request of the legacy interface says beside its signature. None of the texts needs escaping: logins, digits and points. */
export type Fields = Readonly<Record<string, string>>;

const REFUND = 'RefundRequest';
const STATUS = 'RefundStatusRequest';

/** Whether an attempt was prepared for the legacy interface, whatever the account is set to by now. */
export function isLegacy({ content }: StoredAttempt): boolean {
  return content.startsWith(`<${REFUND}>`);
}

/** The interface names no refund, only the invoice. One name for an invoice is also what keeps a second refund from being bound to it. */
export function legacyRefundId(invoiceId: string): string {
  return `v1_${invoiceId}`;
}

/** The invoice in such a name; null when it is none. */
export function legacyInvoiceOf(providerRefundId: string): string | null {
  return /^v1_([1-9]\d{0,9})$/.exec(providerRefundId)?.[1] ?? null;
}

/** A refund as it is stored: everything but the signature. */
export function refundDocument(fields: Fields): string {
  return document(REFUND, fields);
}

/** The stored refund with its signature, as it is sent. */
export function signedRefund(content: string, credentials: RobokassaCredentials): Signed {
  const fields = readDocument(content, REFUND);
  invariant(fields !== null, 'a stored refund is a document of ours');
  const texts = Object.keys(fields).map((name) => [name, textIn(fields, name) ?? ''] as const);
  return signed(REFUND, Object.fromEntries(texts), credentials);
}

export function signedStatus(invoiceId: string, credentials: RobokassaCredentials): Signed {
  return signed(STATUS, { MerchantLogin: credentials.login, InvoiceID: invoiceId }, credentials);
}

interface Signed {
  readonly text: string;
  readonly signature: string;
}

/** The values in the order of their elements' names, and Password #1 behind them: this interface's own rule, unlike every other signature of RoboKassa. */
function signed(root: string, fields: Fields, credentials: RobokassaCredentials): Signed {
  const values = Object.keys(fields)
    .toSorted()
    .map((name) => fields[name] ?? '');
  const signature = credentials.legacySignature(values);
  return { text: document(root, { ...fields, SignatureValue: signature }), signature };
}

function document(root: string, fields: Fields): string {
  const elements = Object.entries(fields).map(([name, text]) => `<${name}>${text}</${name}>`);
  return `<${root}>${elements.join('')}</${root}>`;
}
