import { ListingUnavailable, type ProviderRefund } from '#libs/provider-kit';
import type { ComparedAccount, Progress } from './account.ts';
import { waitBefore, type Patience } from './listing.ts';
import { theirLoader } from './their-rows.ts';
import { providerWindow, type Window } from './window.ts';
import type { Workbench } from './workbench.ts';

const PAGE = 500;

/** Refunds of ours that are at the provider for certain or perhaps, and that no list has shown. */
const UNSEEN = `
  o.account_key = $1 and o.attempts > 0 and o.seen
  and not exists (select from best b where b.payment_no = o.payment_no and b.ordinal = o.ordinal)
  and (o.state in ('completed', 'pending', 'reversed', 'unknown', 'review')
    or o.state = 'failed' and o.first_armed_at < to_timestamp($2::bigint / 1000.0))`;

interface Asked {
  readonly payment_no: string;
  readonly ordinal: number;
  readonly payment_id: string;
  readonly provider_refund_id: string | null;
  readonly handle: string | null;
}

/**
 * Asks about them: for the payment's refunds where there are lists, otherwise for the state of each refund that has an id. Of those without one the
 * provider cannot be asked, which is noted. Answers why it was given up; null when all were asked.
 */
export async function askOneByOne(
  bench: Workbench,
  accountKey: number,
  one: ComparedAccount,
  window: Window,
  { patience, progress }: { readonly patience: Patience; readonly progress: Progress },
): Promise<string | null> {
  const lists = one.reader.listRefunds !== undefined;
  const listedFromMs = providerWindow(window).fromMs;
  if (!lists)
    await bench.execute(
      `update ours o set seen = false where o.account_key = $1 and o.attempts > 0 and (o.provider_refund_id is null or not o.has_handle)`,
      [accountKey],
    );
  const [count] = await bench.rows<{ count: string }>(`select count(*) from ours o where ${UNSEEN}`, [
    accountKey,
    listedFromMs,
  ]);
  const total = Number(count?.count ?? 0);
  const stage = `ask ${one.account.provider}/${one.account.name}`;
  const loader = theirLoader(bench);
  let behind: readonly [string, number] = ['0', 0];
  for (let done = 0; ;) {
    const page = await bench.rows<Asked>(
      `select o.payment_no, o.ordinal, o.payment_id, o.provider_refund_id, ${lists ? 'null' : 'r.handle'} as handle
       from ours o ${lists ? '' : 'join refundry.refund r on r.payment_no = o.payment_no and r.ordinal = o.ordinal'}
       where ${UNSEEN} and (o.payment_no, o.ordinal) > ($3::bigint, $4::int) order by o.payment_no, o.ordinal limit ${String(PAGE)}`,
      [accountKey, listedFromMs, ...behind],
    );
    const last = page.at(-1);
    if (last === undefined) break;
    behind = [last.payment_no, last.ordinal];
    for (let at = 0; at < page.length; at += one.concurrency) {
      const part = page.slice(at, at + one.concurrency);
      try {
        const shown = await Promise.all(part.map(async (asked) => await askPatiently(one, asked, patience)));
        for (const refund of shown.flat())
          await loader.add({ ...refund, accountKey, source: lists ? 'payment' : 'state' });
      } catch (error) {
        if (!(error instanceof ListingUnavailable)) throw error;
        await loader.flush();
        await giveUp(bench, accountKey, part[0] ?? last);
        return `${error.message}; ${String(total - done)} of its refunds were not asked about`;
      }
      done += part.length;
      progress(stage, done, total);
    }
  }
  await loader.flush();
  return null;
}

/** From this refund on nothing is known. */
async function giveUp(bench: Workbench, accountKey: number, from: Asked): Promise<void> {
  await bench.execute(
    `update ours o set seen = false where o.account_key = $1 and (o.payment_no, o.ordinal) >= ($2::bigint, $3::int)
       and not exists (select from best b where b.payment_no = o.payment_no and b.ordinal = o.ordinal)`,
    [accountKey, from.payment_no, from.ordinal],
  );
}

async function askPatiently(
  one: ComparedAccount,
  asked: Asked,
  patience: Patience,
): Promise<readonly ProviderRefund[]> {
  for (let tries = 1; ; tries += 1)
    try {
      return await ask(one, asked, patience.signal);
    } catch (error) {
      if (!(error instanceof ListingUnavailable)) throw error;
      await waitBefore(tries, error.why, error, patience);
    }
}

async function ask(
  { account, reader }: ComparedAccount,
  { payment_id: paymentId, provider_refund_id: providerRefundId, handle }: Asked,
  signal: AbortSignal,
): Promise<readonly ProviderRefund[]> {
  if (reader.listRefunds !== undefined) {
    const refunds: ProviderRefund[] = [];
    for await (const refund of reader.listRefunds(account, { paymentId }, signal)) refunds.push(refund);
    return refunds;
  }
  if (reader.readRefund === undefined || providerRefundId === null) return [];
  const answer = await reader.readRefund(account, { providerRefundId, handle, paymentId }, signal);
  if (answer.kind === 'unavailable') throw new ListingUnavailable(answer);
  return answer.kind === 'read' ? [answer.refund] : [];
}
