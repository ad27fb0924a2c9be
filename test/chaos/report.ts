import Table from 'cli-table3';
import type { SeedResult } from './seed-run.ts';

const DIFFERENCES_SHOWN = 30;
/** What a seed should take at most. */
const SECONDS_MAX = 60;

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');
}

export function isGood({ differences, lost, doubled, overRefunded }: SeedResult): boolean {
  return differences.length === 0 && lost === 0 && doubled === 0 && overRefunded === 0;
}

/** One seed as it ends. */
export function seedLine(result: SeedResult): string {
  const { seed, refunds, completed, failed, review, seconds, faults } = result;
  const strikes = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const ends = `${String(completed)} completed, ${String(failed)} failed, ${String(review)} in review`;
  const verdict = isGood(result) ? 'every invariant holds' : 'INVARIANTS BROKEN';
  const slow = seconds > SECONDS_MAX ? ` (more than the ${String(SECONDS_MAX)} it should take)` : '';
  return `seed ${String(seed)}: ${String(refunds)} refunds, ${String(strikes)} faults, ${ends}, ${String(seconds)} s${slow}: ${verdict}`;
}

/** What is wrong with one seed and how to see it again. */
export function complaint(result: SeedResult, again: string): string {
  const shown = result.differences.slice(0, DIFFERENCES_SHOWN).map((text) => `  - ${text}`);
  const more = result.differences.length - shown.length;
  if (more > 0) shown.push(`  … and ${String(more)} more`);
  return [...shown, `  again: ${again}`].join('\n');
}

export function renderTable(results: readonly SeedResult[]): string {
  const table = new Table({
    head: ['seed', 'refunds', 'faults', 'completed', 'failed', 'review', 'seconds', 'verdict'],
    style: { head: [], border: [] },
    colWidths: [null, null, 64, null, null, 26, null, null],
    wordWrap: true,
  });
  for (const result of results)
    table.push([
      String(result.seed),
      String(result.refunds),
      counted(result.faults),
      String(result.completed),
      String(result.failed),
      result.review === 0 ? '0' : `${String(result.review)}: ${counted(result.reviewReasons)}`,
      String(result.seconds),
      isGood(result) ? 'holds' : 'BROKEN',
    ]);
  return table.toString();
}
