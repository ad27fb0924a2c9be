import { CLASSES, classOf, type ClassCode } from '../compare/classes.ts';
import type { ClassTotal, Difference, Risk, Sum, Summary, Total } from '../compare/comparison.ts';
import { escapeHtml, grouped } from './html-text.ts';
import { STYLE } from './style.ts';

/** Rows of one class in the page: more nobody reads there, and a browser prints them badly. The CSV has all. */
export const HTML_ROWS_MAX = 200;

/**
 * One page without scripts or anything from elsewhere, for whoever keeps the books. `differences` by class, at most `HTML_ROWS_MAX` of each.
 */
export async function* htmlReport(
  summary: Summary,
  differences: AsyncIterable<Difference>,
): AsyncGenerator<string> {
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Refunds reconciled ${day(summary.window.fromMs)} – ${day(summary.window.toMs)}</title><style>${STYLE}</style></head><body><main>\n`;
  yield head(summary) + notCompared(summary) + totals(summary.totals) + classTable(summary.classes);
  if (summary.differences > 0) yield '<h2>Differences</h2>\n';
  let open: ClassCode | null = null;
  let rows = 0;
  for await (const difference of differences) {
    if (difference.class !== open) {
      if (open !== null) yield endOf(open, rows, summary);
      ({ class: open } = difference);
      rows = 0;
      yield startOf(open, summary);
    }
    rows += 1;
    yield rowOf(difference);
  }
  if (open !== null) yield endOf(open, rows, summary);
  yield `${notes(summary.notes)}</main></body></html>\n`;
}

function head(summary: Summary): string {
  const { window, asOfMs, filter, differences, notCompared: missing } = summary;
  const scope =
    filter.provider === null
      ? 'all accounts'
      : [filter.provider, filter.account ?? 'all accounts'].join(' / ');
  const verdict =
    differences > 0
      ? ['bad', `${grouped(differences)} ${differences === 1 ? 'difference' : 'differences'}`]
      : missing.length > 0
        ? ['open', 'No differences in what could be compared']
        : ['good', 'No differences'];
  return `<header><h1>Refunds reconciled</h1>
<p class="scope">${time(window.fromMs)} to ${time(window.toMs)} UTC · ${escapeHtml(scope)} · as of ${time(asOfMs)} UTC</p>
<p class="verdict ${verdict[0] ?? ''}">${verdict[1] ?? ''}</p></header>\n${risks(summary.risks)}`;
}

/** What may be lost, by currency, where somebody must look first. */
function risks(all: readonly Risk[]): string {
  if (all.length === 0) return '';
  const cards = all.map(
    ({ currency, count, amount }) =>
      `<li><b>${money(amount, currency)}</b><span>${grouped(count)} of high severity</span></li>`,
  );
  return `<section><h2>Money at risk</h2><ul class="risks">${cards.join('')}</ul></section>\n`;
}

function notCompared({ notCompared: accounts }: Summary): string {
  if (accounts.length === 0) return '';
  const items = accounts.map(
    ({ provider, account, why }) =>
      `<li><b>${escapeHtml(provider)}/${escapeHtml(account)}</b>: ${escapeHtml(why)}</li>`,
  );
  return `<section class="warning"><h2>Could not be compared</h2><ul>${items.join('')}</ul></section>\n`;
}

function totals(all: readonly Total[]): string {
  const cell = (sum: Sum, currency: string): string =>
    sum.count === 0
      ? '<td class="n none">–</td>'
      : `<td class="n">${money(sum.amount, currency)}<small>${grouped(sum.count)}</small></td>`;
  const rows = all.map(
    (total) =>
      `<tr><td>${escapeHtml(total.provider)}</td><td class="name">${escapeHtml(total.account)}</td><td>${escapeHtml(total.currency)}</td>${[
        total.matched,
        total.inProgress,
        total.different,
        total.notCompared,
      ]
        .map((sum) => cell(sum, total.currency))
        .join('')}</tr>`,
  );
  const body =
    rows.length === 0 ? '<tr><td colspan="7">No refund changed in this time.</td></tr>' : rows.join('\n');
  return `<section><h2>Totals</h2><table><thead><tr><th>Provider</th><th>Account</th><th>Currency</th><th class="n">Matched</th>
<th class="n">In progress</th><th class="n">Different</th><th class="n">Not compared</th></tr></thead><tbody>${body}</tbody></table></section>\n`;
}

function classTable(classes: readonly ClassTotal[]): string {
  if (classes.length === 0) return '';
  const rows = classes.map(
    ({ class: code, severity, currency, count, atRisk }) =>
      `<tr><td>${badge(severity)}</td><td><a href="#${code}">${code}</a></td><td>${escapeHtml(classOf(code).meaning)}</td>
<td class="n">${grouped(count)}</td><td class="n">${currency === null ? '–' : money(atRisk, currency)}</td></tr>`,
  );
  return `<section><h2>By class</h2><table><thead><tr><th>Severity</th><th>Class</th><th>Meaning</th><th class="n">Count</th><th class="n">At risk</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>\n`;
}

function startOf(code: ClassCode, { classes }: Summary): string {
  const { meaning, severity, action } = classOf(code);
  const count = classes.reduce((sum, one) => sum + (one.class === code ? one.count : 0), 0);
  const act = escapeHtml(action.replaceAll(/\{(\w+)\}/g, '<$1>')).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
  return `<section class="class" id="${code}"><h3>${badge(severity)} ${code} <small>${grouped(count)}</small></h3>
<p>${escapeHtml(meaning)}. <b>Do:</b> ${act}.</p>
<table class="differences"><thead><tr><th>Refund</th><th>Payment</th><th>At the provider</th><th>Account</th><th class="n">Ours</th><th class="n">Theirs</th>
<th class="n">At risk</th><th>When (UTC)</th></tr></thead><tbody>\n`;
}

function rowOf({ ours, theirs, atRisk, ...one }: Difference): string {
  const side = (amount: string | null, currency: string | null, word: string | null): string =>
    `<td class="n">${amount === null ? '–' : money(amount, currency)}${word === null ? '' : `<small>${escapeHtml(word)}</small>`}</td>`;
  const account = one.provider === null ? '–' : `${one.provider}/${one.account ?? '–'}`;
  const detail =
    one.detail === null ? '' : `<tr class="detail"><td colspan="8">${escapeHtml(one.detail)}</td></tr>`;
  return `<tr><td class="id">${text(one.refundId)}</td><td class="id">${text(one.paymentId)}</td><td class="id">${text(one.providerRefundId)}</td>
<td class="name">${escapeHtml(account)}</td>${side(ours.amount, ours.currency, ours.state)}${side(theirs.amount, theirs.currency, theirs.status)}
<td class="n">${atRisk === null ? '–' : money(atRisk.amount, atRisk.currency)}</td><td class="when">${one.happenedAt === null ? '–' : one.happenedAt.slice(0, 16).replace('T', ' ')}</td></tr>${detail}\n`;
}

function endOf(code: ClassCode, shown: number, { classes }: Summary): string {
  const count = classes.reduce((sum, one) => sum + (one.class === code ? one.count : 0), 0);
  const more = count > shown ? `<p class="more">and ${grouped(count - shown)} more in the CSV</p>` : '';
  return `</tbody></table>${more}</section>\n`;
}

function notes(all: readonly string[]): string {
  const legend = CLASSES.map(({ code, meaning }) => `<li><b>${code}</b>: ${escapeHtml(meaning)}</li>`).join(
    '',
  );
  const items = all.map((note) => `<li>${escapeHtml(note)}</li>`).join('');
  const said =
    items === '' ? '' : `<section><h2>What the sides do not tell</h2><ul>${items}</ul></section>\n`;
  return `${said}<section class="legend"><h2>How to read this</h2><p>A refund belongs to the time of its last change, [from, to) in UTC. <b>Matched</b>: we and the provider say the same.
<b>In progress</b>: open, or too young to be shown there. <b>Not compared</b>: the provider could not be asked. Sums are those of our books; at risk is what may be lost if nobody acts.</p><ul>${legend}</ul></section>\n`;
}

function badge(severity: string): string {
  return `<span class="badge ${severity}">${severity}</span>`;
}

function money(amount: string, currency: string | null): string {
  return `<span class="money">${grouped(amount)}${currency === null ? '' : ` <i>${escapeHtml(currency)}</i>`}</span>`;
}

function text(value: string | null): string {
  return value === null ? '–' : escapeHtml(value);
}

function time(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
