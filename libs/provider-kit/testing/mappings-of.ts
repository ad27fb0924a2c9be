/** One row: its cells by the title of their column, without the backticks. */
export type MappingRow = Readonly<Record<string, string>>;

/**
 * The tables of a provider's MAPPINGS.md by the heading they stand under, so that a test can hold the document to the code both ways. Several tables
 * under one heading are one. A heading without a table is left out, so a test that asks for a table which was renamed gets `undefined`, not an empty list.
 */
export function mappingsOf(markdown: string): ReadonlyMap<string, readonly MappingRow[]> {
  const tables = new Map<string, MappingRow[]>();
  let heading = '';
  let titles: readonly string[] | null = null;
  for (const line of markdown.split('\n')) {
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    if (!line.startsWith('|')) {
      titles = null;
      continue;
    }
    const cells = cellsOf(line);
    if (titles === null) titles = cells;
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      const row = Object.fromEntries(titles.map((title, at) => [title, cells[at] ?? '']));
      tables.set(heading, [...(tables.get(heading) ?? []), row]);
    }
  }
  return tables;
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').replaceAll('`', '').trim());
}
