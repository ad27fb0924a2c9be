import { writeSync } from 'node:fs';

/** The part of Jest's aggregated result that the closing line needs. */
interface Totals {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/**
 * Prints `N passed, N failed, N skipped` as the very last line, the sums over all suites.
 * At process exit, because Jest's own summary comes after custom reporters; a spec file that did not load counts as failed.
 */
export default class SummaryReporter {
  onRunComplete(_contexts: unknown, results: Totals): void {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.once('exit', () => {
      writeSync(1, `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }
}
