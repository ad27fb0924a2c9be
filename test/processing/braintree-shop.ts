import type { BenchTop } from './bench-top.ts';

const KEYS = Buffer.from('sandbox_public:sandbox_private').toString('base64');

/** Something that somebody else does with the merchant's keys; gives back the transaction in its answer. */
async function byHand(top: BenchTop, method: string, path: string, transaction: object): Promise<string> {
  const answer = await fetch(`${top.sandboxUrl}/merchants/sandbox_merchant/transactions/${path}`, {
    method,
    headers: { authorization: `Basic ${KEYS}`, 'content-type': 'application/json' },
    body: JSON.stringify({ transaction }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return /<id>(\w+)<\/id>/.exec(text)?.[1] ?? '';
}

/** A refund as it is made in the Control Panel: it takes the order id over from the payment. Gives back its id. */
export async function refundByHand(top: BenchTop, paymentId: string, amount: string): Promise<string> {
  return await byHand(top, 'POST', `${paymentId}/refund`, { amount });
}

/** The shop's own backend voids the payment over the API. */
export async function voidByHand(top: BenchTop, paymentId: string): Promise<void> {
  await byHand(top, 'PUT', `${paymentId}/void`, {});
}
