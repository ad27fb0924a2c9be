import type { RefundReport } from '#libs/store';
import type { BenchTop, Request } from '../processing/bench-top.ts';

/** An event as it is published, with its type as `type`. */
export type Published = Readonly<Record<string, unknown>> & { readonly type: string | null };

/** The results that a refund's consumers get, oldest first: the very bytes that the relay sends. */
export function resultsOf({ journal }: RefundReport): readonly Published[] {
  return journal.flatMap(({ result, resultType }) =>
    result === null ? [] : [{ ...(JSON.parse(result) as Record<string, unknown>), type: resultType }],
  );
}

let refunds = 0;

/** Sends one request as an order service does; gives back its refundId. */
export async function requested(
  top: BenchTop,
  paymentId: string,
  fields: Partial<Request> = {},
): Promise<string> {
  const refundId = `rf_${String((refunds += 1))}`;
  await top.request([{ refundId, paymentId, ...fields }]);
  return refundId;
}

/** Sends one request and waits until it has completed, failed or was reversed; gives back its last result. */
export async function ended(
  top: BenchTop,
  paymentId: string,
  fields: Partial<Request> = {},
): Promise<Published> {
  const refundId = await requested(top, paymentId, fields);
  const last = resultsOf(await top.until(refundId, 'completed', 'failed', 'reversed')).at(-1);
  if (last === undefined) throw new Error(`${refundId} ended without a result`);
  return last;
}

/** Calls that reach the provider's own paths and may move money or only read, as the sandbox saw them. */
export async function callsTo(top: BenchTop, provider: string, path: RegExp): Promise<number> {
  return (await top.sandbox.requests(provider, 1000)).filter((request) => path.test(request.path)).length;
}
