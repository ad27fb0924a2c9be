/** One counter of the processor, summed over its labels; 0 where it has not been counted yet. */
export async function readCounter(processorUrl: string, name: string): Promise<number> {
  const response = await fetch(`${processorUrl}/metrics`);
  return sumOf(await response.text(), name);
}

/** Sums a metric in Prometheus's text format. */
export function sumOf(text: string, name: string): number {
  let sum = 0;
  for (const row of text.split('\n')) {
    if (!row.startsWith(name)) continue;
    const [, value] = /^[^{\s]+(?:\{[^}]*\})? (\S+)/.exec(row) ?? [];
    if (row[name.length] === ' ' || row[name.length] === '{') sum += Number(value);
  }
  return sum;
}
