import type { Difference, Summary } from '../compare/comparison.ts';

/** The whole comparison as one JSON object, in pieces: a million differences are never in memory. */
export async function* jsonReport(
  summary: Summary,
  differences: AsyncIterable<Difference>,
): AsyncGenerator<string> {
  const { window, asOfMs, filter, totals, classes, risks, notCompared, notes } = summary;
  const head = {
    from: iso(window.fromMs),
    to: iso(window.toMs),
    asOf: iso(asOfMs),
    ...filter,
    totals,
    classes,
    risks,
    differenceCount: summary.differences,
    notCompared,
    notes,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"differences":[`;
  let before = '\n';
  for await (const difference of differences) {
    yield `${before}${JSON.stringify(difference)}`;
    before = ',\n';
  }
  yield ']}\n';
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
