import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { csvReport, HTML_ROWS_MAX, htmlReport, jsonReport, type Comparison } from '#libs/reconciliation';

/** Writes reconcile.json, reconcile.csv and reconcile.html, one after the other. Answers where they are. */
export async function writeReports(
  comparison: Pick<Comparison, 'summary' | 'differences'>,
  directory: string,
): Promise<readonly string[]> {
  const { summary } = comparison;
  await mkdir(directory, { recursive: true });
  const files: string[] = [];
  const write = async (name: string, pieces: AsyncIterable<string>): Promise<void> => {
    const file = join(directory, name);
    await pipeline(pieces, createWriteStream(file));
    files.push(file);
  };
  await write('reconcile.json', jsonReport(summary, comparison.differences(null)));
  await write('reconcile.csv', csvReport(comparison.differences(null)));
  await write('reconcile.html', htmlReport(summary, comparison.differences(HTML_ROWS_MAX)));
  return files;
}
