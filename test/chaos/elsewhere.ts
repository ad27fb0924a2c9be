import { Decimal } from 'decimal.js';
import type { GivenElsewhere } from './crowd.ts';

/** The sandbox's own key, which opens nothing else. */
const AUTHORIZATION = `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`;

/** Gives money back at the provider behind our back, as somebody does in its dashboard; answers what the provider calls these refunds. */
export async function giveBackElsewhere(
  sandboxUrl: string,
  given: readonly GivenElsewhere[],
  paymentIds: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { payment, amount } of given) {
    const response = await fetch(`${sandboxUrl}/v1/payments/${paymentIds.get(payment) ?? ''}/refund`, {
      method: 'POST',
      headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
      body: JSON.stringify({ amount: new Decimal(amount).times(100).toNumber() }),
    });
    const { id } = (await response.json()) as { readonly id?: string };
    if (id === undefined) throw new Error(`the sandbox gave nothing back: ${String(response.status)}`);
    ids.add(id);
  }
  return ids;
}
