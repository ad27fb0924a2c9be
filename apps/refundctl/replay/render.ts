import { compactTable } from '../table.ts';

/** Kinds that occurred, with what they mean. */
export function countsTable<Kind extends string>(
  counts: Readonly<Record<Kind, number>>,
  meaning: Readonly<Record<Kind, string>>,
): string {
  const table = compactTable({ head: ['Count', 'Kind', 'Meaning'], colAligns: ['right', 'left', 'left'] });
  for (const kind of Object.keys(meaning) as Kind[]) {
    if (counts[kind] > 0) table.push([counts[kind], kind, meaning[kind]]);
  }
  return table.length === 0 ? 'Nothing is there.' : table.toString();
}

/** Empty without rows. */
export function findingsTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const table = compactTable({ head: [...head] });
  for (const row of rows) table.push([...row]);
  return [table.toString()];
}

/** What nobody can see any more. */
export function goneText(
  topic: string,
  gone: readonly { readonly partition: number; readonly low: number }[],
): readonly string[] {
  if (gone.length === 0) return [];
  const places = gone.map(({ partition, low }) => `${String(partition)} at ${String(low)}`).join(', ');
  return [`Not seen: ${topic} begins by now in partition ${places}; what lay before is gone.`];
}
