import type { Plan, Summary } from '#libs/scenario';
import { compactTable } from '../table.ts';
import type { Part, RunOutcome } from './run.ts';

const DIFFERENCES_SHOWN = 20;

/** The one table a person reads, and below it what is wrong, if anything is. */
export function renderReport(outcome: RunOutcome, busText: string): string {
  const { summary, differences } = outcome;
  const table = compactTable({
    head: ['', 'count', 'what it means'],
    colAligns: ['left', 'right', 'left'],
  });
  table.push(...rows(outcome, busText));
  const verdict = verdictOf(summary, differences);
  const shown = differences.slice(0, DIFFERENCES_SHOWN).map((text) => `  - ${text}`);
  const more = differences.length - shown.length;
  if (more > 0) shown.push(`  … and ${String(more)} more`);
  const byProvider = outcome.parts.length > 1 ? [providerTable(outcome.parts)] : [];
  return [table.toString(), ...byProvider, ...shown, verdict, ''].join('\n');
}

function providerTable(parts: readonly Part[]): string {
  const columns = [
    'requested',
    'completed',
    'failed',
    'pending',
    'review',
    'providerRefunds',
    'doubleRefunds',
    'lost',
    'overRefunded',
  ] as const;
  const head = [
    '',
    'requested',
    'completed',
    'failed',
    'pending',
    'review',
    'booked',
    'twice',
    'lost',
    'over',
  ];
  const table = compactTable({ head, colAligns: head.map((name) => (name === '' ? 'left' : 'right')) });
  for (const { plan, summary } of parts)
    table.push([plan.provider, ...columns.map((column) => String(summary[column]))]);
  return table.toString();
}

type Row = [string, number, string];

function rows({ summary, faults, parts }: RunOutcome, busText: string): Row[] {
  const planned = (of: (plan: Plan) => number): number =>
    parts.reduce((total, { plan }) => total + of(plan), 0);
  const lostAnswers = faults.get('drop-after-process') ?? 0;
  const struck = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const kinds = countKinds(parts);
  return [
    ['messages sent', planned(({ messages }) => messages.length), `by an order service, over ${busText}`],
    ['refunds requested', summary.requested, 'different refundIds'],
    ['  completed', summary.completed, 'the provider says the money is on its way back'],
    [
      '  failed',
      summary.failed,
      `${String(kinds.rejected)} refused by our rules, ${String(kinds.declined + kinds.cancelled)} by the provider`,
    ],
    ['  pending', summary.pending, 'accepted by the provider, not final yet'],
    ['  in review', summary.review, reviewText(parts)],
    ['  lost', summary.lost, 'no event tells their end, or money is missing: must be 0'],
    [
      'duplicates absorbed',
      summary.duplicatesAbsorbed,
      `of ${String(planned(({ duplicates }) => duplicates))} repeated messages`,
    ],
    [
      'dead letters',
      summary.deadLetters,
      `of ${String(planned(({ deadLetters }) => deadLetters))} unreadable or contradicting messages`,
    ],
    ['faults at the provider', struck, `${String(lostAnswers)} answers lost after the refund was processed`],
    ['refunds booked there', summary.providerRefunds, 'by the books of the provider, without failed ones'],
    ['  paid twice', summary.doubleRefunds, 'refundIds with more than one: must be 0'],
    ['  over-refunded', summary.overRefunded, 'payments that gave back more than was captured: must be 0'],
    ['seconds', summary.seconds, 'from the first message to the last result'],
  ];
}

function countKinds(parts: readonly Part[]): Record<'rejected' | 'declined' | 'cancelled', number> {
  const kinds = { rejected: 0, declined: 0, cancelled: 0 };
  for (const { seen } of parts)
    for (const events of seen.results.values()) {
      const failure = events.at(-1)?.body['failure'] as { readonly kind?: keyof typeof kinds } | undefined;
      if (failure?.kind !== undefined) kinds[failure.kind] += 1;
    }
  return kinds;
}

function reviewText(parts: readonly Part[]): string {
  const keyless = parts.some(({ plan }) => plan.mayNeedPerson);
  return keyless
    ? 'a person has to decide: RoboKassa cannot be asked what became of a lost answer'
    : 'a person has to decide';
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
    return summary.review === 0
      ? "Every refund ended as planned, once, and our books equal the provider's."
      : "Every refund ended as planned or waits for a person, none was paid twice, and our books equal the provider's.";
  return `Something is wrong: ${String(differences.length)} differences between plan, events and the provider's books.`;
}
