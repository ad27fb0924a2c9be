import type { ProviderRefund } from '#libs/provider-kit';
import type { Columns } from '#libs/store';
import type { Loader, Workbench } from './workbench.ts';

/** A provider refund as a list, its payment or its state showed it. */
interface TheirRow extends ProviderRefund {
  readonly accountKey: number;
  readonly source: 'list' | 'payment' | 'state';
}

const COLUMNS: Columns<TheirRow> = [
  { name: 'account_key', type: 'int4', of: (row) => row.accountKey },
  { name: 'provider_refund_id', type: 'text', of: (row) => row.providerRefundId },
  { name: 'payment_id', type: 'text', of: (row) => row.paymentId },
  { name: 'amount', type: 'text', of: (row) => (row.amount === '' ? null : row.amount) },
  { name: 'currency', type: 'text', of: (row) => row.currency },
  { name: 'status', type: 'text', of: (row) => row.status },
  { name: 'reference', type: 'text', of: (row) => row.reference },
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'created_ms', type: 'int8', of: (row) => row.createdAtMs },
  { name: 'source', type: 'text', of: (row) => row.source },
];

/** Rows on their way into `theirs`; one that is there already stays as it is. */
export function theirLoader(bench: Workbench): Loader<TheirRow> {
  return bench.loader(
    'theirs',
    COLUMNS,
    `i.account_key, i.provider_refund_id, i.payment_id, i.amount::numeric, i.currency, i.status, i.reference, i.refund_id,
     to_timestamp(i.created_ms / 1000.0), i.source`,
  );
}
