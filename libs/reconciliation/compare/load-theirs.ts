import { ListingUnavailable } from '#libs/provider-kit';
import type { ComparedAccount, NotCompared, Progress } from './account.ts';
import { askOneByOne } from './ask-one-by-one.ts';
import { listPatiently, type Patience } from './listing.ts';
import { bindPairs } from './pairs.ts';
import { theirLoader } from './their-rows.ts';
import { providerWindow, type Window } from './window.ts';
import type { Workbench } from './workbench.ts';

/**
 * What the providers show: every list page by page, then what belongs to refunds of ours that no list shows, because they are older than the margin, voids,
 * or at a provider without lists. Answers the accounts that could not be compared; what they showed before that is not used.
 */
export async function loadTheirs(
  bench: Workbench,
  accounts: readonly ComparedAccount[],
  window: Window,
  run: { readonly patience: Patience; readonly progress: Progress },
): Promise<readonly NotCompared[]> {
  const failures: NotCompared[] = [];
  const note = async (key: number, { account }: ComparedAccount, why: string): Promise<void> => {
    failures.push({ provider: account.provider, account: account.name, why });
    await bench.execute('update account_in set compared = false where account_key = $1', [key]);
    await bench.execute('delete from theirs where account_key = $1', [key]);
  };
  for (const [key, one] of accounts.entries()) {
    if (one.reader.listRefunds === undefined) continue;
    const failure = await list(bench, key, one, window, run);
    if (failure !== null) await note(key, one, failure);
  }
  await bench.execute('analyze theirs');
  await bindPairs(bench);
  for (const [key, one] of accounts.entries()) {
    if (
      failures.some(
        ({ provider, account }) => provider === one.account.provider && account === one.account.name,
      )
    )
      continue;
    const failure = await askOneByOne(bench, key, one, window, run);
    if (failure !== null)
      failures.push({ provider: one.account.provider, account: one.account.name, why: failure });
  }
  await bench.execute('analyze theirs');
  await bindPairs(bench);
  return failures;
}

async function list(
  bench: Workbench,
  accountKey: number,
  one: ComparedAccount,
  window: Window,
  { patience, progress }: { readonly patience: Patience; readonly progress: Progress },
): Promise<string | null> {
  const loader = theirLoader(bench);
  const stage = `list ${one.account.provider}/${one.account.name}`;
  let done = 0;
  try {
    for await (const refund of listPatiently(one, providerWindow(window), patience)) {
      await loader.add({ ...refund, accountKey, source: 'list' });
      done += 1;
      progress(stage, done, null);
    }
    await loader.flush();
    return null;
  } catch (error) {
    if (!(error instanceof ListingUnavailable)) throw error;
    return error.message;
  }
}
