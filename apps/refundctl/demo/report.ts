import type { Plan, Summary } from '#libs/scenario';
import { compactTable } from '../table.ts';
import type { RunOutcome } from './run.ts';

const DIFFERENCES_SHOWN = 20;

/** The one table a person reads, and below it what is wrong, if anything is. */
export function renderReport(plan: Plan, outcome: RunOutcome, busText: string): string {
  const { summary, differences } = outcome;
  const table = compactTable({
    head: ['', 'count', 'what it means'],
    colAligns: ['left', 'right', 'left'],
  });
  table.push(...rows(plan, outcome, busText));
  const verdict = verdictOf(summary, differences);
  const shown = differences.slice(0, DIFFERENCES_SHOWN).map((text) => `  - ${text}`);
  const more = differences.length - shown.length;
  if (more > 0) shown.push(`  … and ${String(more)} more`);
  return [table.toString(), ...shown, verdict, ''].join('\n');
}

type Row = [string, number, string];

function rows(plan: Plan, { summary, faults, seen }: RunOutcome, busText: string): Row[] {
  const lostAnswers = faults.get('drop-after-process') ?? 0;
  const struck = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const kinds = { rejected: 0, declined: 0 };
  for (const events of seen.results.values()) {
    const failure = events.at(-1)?.body['failure'] as { readonly kind?: 'rejected' | 'declined' } | undefined;
    if (failure?.kind !== undefined) kinds[failure.kind] += 1;
  }
  return [
    ['messages sent', plan.messages.length, `by an order service, over ${busText}`],
    ['refunds requested', summary.requested, 'different refundIds'],
    ['  completed', summary.completed, 'the provider says the money is on its way back'],
    [
      '  failed',
      summary.failed,
      `${String(kinds.rejected)} refused by our rules, ${String(kinds.declined)} by the provider`,
    ],
    ['  pending', summary.pending, 'accepted by the provider, not final yet'],
    ['  in review', summary.review, 'a person has to decide'],
    ['  lost', summary.lost, 'no event tells their end, or money is missing: must be 0'],
    ['duplicates absorbed', summary.duplicatesAbsorbed, `of ${String(plan.duplicates)} repeated messages`],
    [
      'dead letters',
      summary.deadLetters,
      `of ${String(plan.deadLetters)} unreadable or contradicting messages`,
    ],
    ['faults at the provider', struck, `${String(lostAnswers)} answers lost after the refund was processed`],
    ['refunds booked there', summary.providerRefunds, 'by the books of the provider, without failed ones'],
    ['  paid twice', summary.doubleRefunds, 'refundIds with more than one: must be 0'],
    ['  over-refunded', summary.overRefunded, 'payments that gave back more than was captured: must be 0'],
    ['seconds', summary.seconds, 'from the first message to the last result'],
  ];
}

/** Whether nothing is wrong: the exit code hangs on it. */
export function isGood(summary: Summary, differences: readonly string[]): boolean {
  return (
    summary.doubleRefunds === 0 &&
    summary.lost === 0 &&
    summary.overRefunded === 0 &&
    differences.length === 0
  );
}

function verdictOf(summary: Summary, differences: readonly string[]): string {
  if (isGood(summary, differences))
    return "Every refund ended as planned, once, and our books equal the provider's.";
  return `Something is wrong: ${String(differences.length)} differences between plan, events and the provider's books.`;
}
