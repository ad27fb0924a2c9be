import { asObject, type DeskRefund, type Json } from '#libs/provider-kit';
import { compactTable } from '../table.ts';

/** A page of refunds, one a row. */
export function refundTable(refunds: readonly DeskRefund[]): string {
  const table = compactTable({
    head: ['Refund', 'Payment', 'Amount', 'Status', 'Created (UTC)', 'References', 'Refundry'],
  });
  for (const refund of refunds) {
    table.push([
      refund.providerRefundId,
      refund.paymentId ?? '–',
      amountOf(refund),
      refund.status,
      createdAt(refund) ?? '–',
      references(refund),
      refund.refundId ?? '–',
    ]);
  }
  return table.toString();
}

/** One refund: the columns that mean the same everywhere, then every field of the provider's object by its own name. */
export function refundDetails(refund: DeskRefund): string {
  const table = compactTable({ wordWrap: true, wrapOnWordBoundary: false, colWidths: [22, 82] });
  table.push(
    ['Refund', refund.providerRefundId],
    ['Payment', refund.paymentId ?? '–'],
    ['Amount', amountOf(refund)],
    ['Status', refund.status],
    ['Created', createdAt(refund) ?? '–'],
    ['References', references(refund)],
    ['Refund of Refundry', refund.refundId ?? '–'],
  );
  const fields = compactTable({ wordWrap: true, wrapOnWordBoundary: false, colWidths: [34, 70] });
  fields.push(...leaves(refund.entity, ''));
  return `${table.toString()}\n\nAs the provider shows it:\n${fields.toString()}`;
}

/** What `--json` prints: the columns, and the provider's object untouched. */
export function refundJson(refund: DeskRefund): object {
  const { createdAtMs: _createdAtMs, entity, ...columns } = refund;
  return { ...columns, createdAt: isoTime(refund.createdAtMs), entity };
}

function leaves(value: Json, path: string): [string, string][] {
  const object = asObject(value);
  if (object !== null && Object.keys(object).length > 0) {
    return Object.entries(object).flatMap(([name, inner]) =>
      leaves(inner, path === '' ? name : `${path}.${name}`),
    );
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}

function amountOf({ amount, currency }: DeskRefund): string {
  return amount === null ? '–' : `${amount} ${currency ?? ''}`.trim();
}

function references({ references: found }: DeskRefund): string {
  const named = Object.entries(found).map(([name, text]) => `${name} ${text}`);
  return named.length === 0 ? '–' : named.join(', ');
}

function createdAt({ createdAtMs }: DeskRefund): string | null {
  return isoTime(createdAtMs)?.slice(0, 19).replace('T', ' ') ?? null;
}

/** Null for a moment that no calendar has: the number came from outside. */
function isoTime(atMs: number | null): string | null {
  return atMs === null || Math.abs(atMs) > 8.64e15 ? null : new Date(atMs).toISOString();
}
