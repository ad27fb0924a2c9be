import type { Command } from 'commander';
import { eventAmount } from '#libs/contracts';
import { NOTHING_MOVED } from '#libs/refund';
import { ReviewStore, type ReviewSummary, type ReviewTotal } from '#libs/store';
import { withStore } from '../database.ts';
import { counted } from '../desk/arguments.ts';
import { reasonText } from '../review/reasons.ts';
import { readSettings } from '../settings.ts';
import { plain, stamp } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';
import { accountName, type AccountName } from './account.ts';

interface ListOptions {
  readonly provider?: string;
  readonly account?: AccountName;
  readonly reason?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface Listed {
  readonly reviews: readonly ReviewSummary[];
  readonly totals: readonly ReviewTotal[];
}

const LIMIT = 100;

export function addReviewList(review: Command, terminal: Terminal): void {
  review
    .command('list')
    .option('--provider <name>', 'only refunds at this provider')
    .option('--account <account>', 'only refunds of this account, as provider/account', accountName)
    .option('--reason <code>', 'only refunds that are there for this reason')
    .option('--limit <n>', 'at most so many; the totals count all', counted(1), LIMIT)
    .option('--json', 'answer as JSON')
    .description('refunds that a person has to decide, and the money at risk')
    .action(async (options: ListOptions) => {
      const listed = await withStore(readSettings(terminal), terminal, async (database) => {
        return await read(new ReviewStore(database), options);
      });
      terminal.out(options.json === true ? line(JSON.stringify(listed)) : render(listed));
    });
}

async function read(store: ReviewStore, options: ListOptions): Promise<Listed> {
  const { provider = options.account?.provider, account, reason, limit } = options;
  const filter = {
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { account: account.name }),
    ...(reason === undefined ? {} : { reason }),
  };
  const reviews: ReviewSummary[] = [];
  for await (const one of store.list(filter, NOTHING_MOVED)) {
    reviews.push(one);
    if (reviews.length >= limit) break;
  }
  return { reviews, totals: await store.totals(filter, NOTHING_MOVED) };
}

function render({ reviews, totals }: Listed): string {
  if (totals.length === 0) return line('Nothing is in review.');
  const table = compactTable({
    head: ['Refund', 'Account', 'Payment', 'Amount', 'Since (UTC)', 'Reason', 'At risk', 'To find out'],
  });
  for (const one of reviews) {
    table.push([
      one.refundId,
      `${one.provider}/${one.account}`,
      one.paymentId,
      `${amountText(one.amount, one.currency)} ${one.currency}`,
      stamp(one.sinceMs).slice(0, 19),
      one.reason ?? '–',
      amountText(one.atRisk, one.currency),
      reasonText(one.reason).check,
    ]);
  }
  const refunds = totals.reduce((sum, total) => sum + total.refunds, 0);
  const hidden = refunds - reviews.length;
  return [
    table.toString(),
    ...totals.map(totalText),
    ...(hidden > 0
      ? [`${String(hidden)} more are not listed: --limit, --provider, --account, --reason`]
      : []),
    '',
  ].join('\n');
}

function totalText({ currency, refunds, atRisk, unknownAmounts }: ReviewTotal): string {
  const more = unknownAmounts === 0 ? '' : `, and ${String(unknownAmounts)} of unknown amount`;
  return `${currency}: ${String(refunds)} in review, ${amountText(atRisk, currency)} at risk${more}`;
}

/** An amount that nobody knows is everything that is left. */
function amountText(amount: string | null, currency: string): string {
  return amount === null ? 'all that is left' : (eventAmount(plain(amount), currency) ?? amount);
}
