import type { Command } from 'commander';
import { eventAmount } from '#libs/contracts';
import { ReportStore, type RefundReport } from '#libs/store';
import { withStore } from '../database.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { explain } from '../show/explain.ts';
import { compactTable } from '../table.ts';
import { timeline } from '../show/timeline.ts';
import { plain, stamp, withoutHandles } from '../show/words.ts';
import { line, type Terminal } from '../terminal.ts';

export function addRefundShow(refund: Command, terminal: Terminal): void {
  refund
    .command('show')
    .argument('<refundId>')
    .option('--json', 'answer as JSON, with the answers of the provider as they were kept')
    .option('--answers', 'print the kept answers of the provider below the timeline')
    .description('one refund: how it stands, what happened, what blocks it, what is next and when')
    .action(async (refundId: string, options: { readonly json?: boolean; readonly answers?: boolean }) => {
      const report = await withStore(
        readSettings(terminal),
        terminal,
        async (database) => await new ReportStore(database).refund(refundId),
      );
      if (report === null) throw notFound(refundId);
      terminal.out(
        options.json === true
          ? line(JSON.stringify(report, withoutHandles))
          : render(report, options.answers === true),
      );
    });
}

/** Also where a refund is looked at to be decided. */
export function notFound(refundId: string): CommandFailure {
  return new CommandFailure(
    'REFUND_NOT_FOUND',
    {
      happened: `this database has no refund ${refundId}`,
      notDone: 'nothing was read or changed',
      next: 'check the id, and that DATABASE_URL or REFUNDRY_DATA is that of the processor; a request that cannot be read is on the dead-letter topic instead',
    },
    2,
  );
}

function render(report: RefundReport, answers: boolean): string {
  const { refund } = report;
  const { now, blockedBy, next, nextAtMs } = explain(report);
  const known = eventAmount(refund.amount ?? refund.asked, refund.currency);
  const amount = known ?? 'everything that is left, in';
  const table = compactTable({ wordWrap: true, colWidths: [18, 86] });
  table.push(
    ['Refund', refund.refundId],
    ['State', refund.state],
    ['Now', now],
    ['Blocked by', blockedBy ?? '–'],
    ['Next', nextAtMs === null ? next : `${next}, ${moment(nextAtMs)}`],
    ['Amount', `${amount} ${refund.currency}`],
    ['Payment', `${refund.paymentId} at ${refund.provider}/${refund.account} (${refund.mode})`],
    ['Provider refund', refund.providerRefundId ?? '–'],
    ['Attempts', `${String(refund.attemptNo)} (calls that could move money: ${String(refund.calls)})`],
    ['Payment sums', sums(report)],
    ...(report.erased === null ? [] : [['Free text', erasedLine(report.erased)] as [string, string]]),
    ...report.external.map((each): [string, string] => ['Moved all the same', externalLine(report, each)]),
  );
  const happened = timeline(report).map(({ atMs, text }) => `  ${stamp(atMs)}  ${text}`);
  const kept = answers ? ['', 'Kept answers:', ...report.calls.map(answerLine)] : [];
  return [table.toString(), '', 'What happened (UTC):', ...happened, ...kept, ''].join('\n');
}

function sums({ refund }: RefundReport): string {
  const currency = refund.paymentCurrency ?? refund.currency;
  const text = (amount: string): string => eventAmount(plain(amount), currency) ?? '';
  const captured = refund.captured === null ? 'not read' : text(refund.captured);
  const { completed, reserved, external } = refund;
  return `captured ${captured}, given back ${text(completed)}, reserved ${text(reserved)}, refunded elsewhere ${text(external)}`;
}

function erasedLine({ by, atMs, reason }: NonNullable<RefundReport['erased']>): string {
  return `erased by ${by} ${stamp(atMs)}: ${reason}`;
}

function externalLine({ refund }: RefundReport, each: RefundReport['external'][number]): string {
  const amount = eventAmount(plain(each.amount), refund.currency) ?? each.amount;
  const { released } = each;
  const seen = `seen ${stamp(each.seenAtMs)}`;
  if (each.relatedRefundId === '') return `${amount} as ${each.providerRefundId}, none of ours, ${seen}`;
  const looked =
    released === null
      ? 'nothing more of the payment is sent until it is released'
      : `released by ${released.by} ${stamp(released.atMs)}: ${released.reason}`;
  return `${amount} as ${each.providerRefundId}, for ${each.relatedRefundId} which had ended, ${seen}; ${looked}`;
}

function answerLine(call: RefundReport['calls'][number]): string {
  return `  ${stamp(call.startedAtMs)}  ${call.verb}: ${call.answer}`;
}

function moment(atMs: number): string {
  const inS = Math.round((atMs - Date.now()) / 1000);
  if (inS <= 0) return 'due now';
  return `in ${String(inS)} s (${new Date(atMs).toISOString()})`;
}
