import type { Command } from 'commander';
import { eventAmount } from '#libs/contracts';
import { ReportStore, ReviewStore, type RefundReport, type ReviewDetail } from '#libs/store';
import { withStore } from '../database.ts';
import { placesOf } from '../review/open-account.ts';
import { reasonText } from '../review/reasons.ts';
import { readSettings } from '../settings.ts';
import { plain, stamp, withoutHandles } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';
import { notFound } from './refund-show.ts';

export function addReviewShow(review: Command, terminal: Terminal): void {
  review
    .command('show')
    .argument('<refundId>')
    .option('--json', 'answer as JSON')
    .description('one refund in review: why, what to look at, what was tried, what waits behind it')
    .action(async (refundId: string, options: { readonly json?: boolean }) => {
      const config = readSettings(terminal);
      const shown = await withStore(config, terminal, async (database) => {
        const report = await new ReportStore(database).refund(refundId);
        if (report === null) return null;
        return { report, detail: await new ReviewStore(database).detail(report.refund) };
      });
      if (shown === null) throw notFound(refundId);
      const { report, detail } = shown;
      const places = placesOf(config, report.refund, detail);
      terminal.out(
        options.json === true
          ? line(JSON.stringify({ ...report, ...detail, whereToLook: places }, withoutHandles))
          : render(report, detail, places),
      );
    });
}

function render(report: RefundReport, detail: ReviewDetail, places: readonly string[]): string {
  const { refund } = report;
  const { why, check } = reasonText(refund.reviewReason);
  const table = compactTable({ wordWrap: true, colWidths: [18, 100] });
  const isOpen = refund.state === 'review';
  table.push(
    ['Refund', refund.refundId],
    ['State', isOpen ? `review since ${stamp(refund.changedAtMs)}` : `${refund.state}: nothing to decide`],
    ...(isOpen ? [reasonRow(refund.reviewReason, why), ['To find out', check]] : []),
    ['Amount', `${money(refund.amount ?? refund.asked, refund.currency)} ${refund.currency}`],
    ['Payment', `${refund.paymentId} at ${refund.provider}/${refund.account} (${refund.mode})`],
    ['Provider refund', refund.providerRefundId ?? '–'],
    ['Reserved for it', `${money(refund.held, refund.currency)} ${refund.currency}`],
  );
  return [
    table.toString(),
    ...(isOpen ? ['', `At ${refund.provider}:`, ...places.map((place) => `  - ${place}`)] : []),
    '',
    'Attempts:',
    ...orNone(detail.attempts.map(attemptLine)),
    '',
    'Calls (UTC):',
    ...orNone(report.calls.map(callLine)),
    '',
    'Other refunds of the payment that wait for their turn:',
    ...orNone([...detail.others.map((other) => otherLine(other, refund.currency)), ...hidden(detail)]),
    ...(isOpen ? ['', `Then: refundctl review resolve ${refund.refundId} --as completed|failed|retry`] : []),
    '',
  ].join('\n');
}

function reasonRow(reason: string | null, why: string): [string, string] {
  return ['Why', `${reason ?? 'no reason was kept'}: ${why}`];
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['  none'] : lines;
}

function attemptLine(attempt: ReviewDetail['attempts'][number]): string {
  const { attemptNo, action, amount, currency, reference, key, armedAtMs, keyUntilMs, fencedAtMs } = attempt;
  const known = keyUntilMs === null ? '' : ` (surely known until ${stamp(keyUntilMs)})`;
  const keyed = key === null ? 'without a key' : `key ${key}${known}`;
  const fenced = fencedAtMs === null ? '' : `, sent ${stamp(fencedAtMs)}`;
  const what = `${action} ${money(amount, currency)} ${currency}`;
  return `  ${String(attemptNo)}. ${what}, reference ${reference}, ${keyed}, armed ${stamp(armedAtMs)}${fenced}`;
}

function callLine(call: RefundReport['calls'][number]): string {
  const status = call.httpStatus === null ? 'no answer' : `HTTP ${String(call.httpStatus)}`;
  const late = call.late ? ', late' : '';
  return `  ${stamp(call.startedAtMs)}  ${call.verb} (attempt ${String(call.attemptNo)}): ${call.verdict} — ${status}${late}`;
}

function otherLine(other: ReviewDetail['others'][number], currency: string): string {
  const waits = other.waitingFor === null ? '' : `, waits for ${other.waitingFor}`;
  return `  ${other.refundId}: ${money(other.amount, currency)} ${currency}, ${other.state}${waits}`;
}

function hidden({ others, othersCount }: ReviewDetail): readonly string[] {
  const more = othersCount - others.length;
  return more > 0 ? [`  and ${String(more)} more`] : [];
}

function money(amount: string | null, currency: string): string {
  return amount === null ? 'all that is left, in' : (eventAmount(plain(amount), currency) ?? amount);
}
