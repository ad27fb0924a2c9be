import { userInfo } from 'node:os';
import { OperationStore, type Database, type OperationEnd } from '#libs/store';
import type { Interrupt } from './interrupt.ts';

/** What a command that works on the whole system came to. `differences` makes it exit with 2. */
export interface Done<Report extends object> {
  readonly outcome: 'clean' | 'differences';
  readonly counts: Readonly<Record<string, number>>;
  readonly report: Report;
}

/** Who runs a command, unless it was told otherwise. */
export function operator(): string {
  return userInfo().username;
}

/**
 * Runs one operation inside its audit record: begun before anything is read or written, ended with the report, and also when it fails or is
 * interrupted. A killed one stays without an end. `args` are kept as they are: no secret.
 */
export async function audited<Report extends object>(
  database: Database,
  { command, args, dryRun, by }: { command: string; args: object; dryRun: boolean; by: string },
  { signal }: Pick<Interrupt, 'signal'>,
  work: (operationNo: string) => Promise<Done<Report>>,
): Promise<Done<Report> & { readonly operationNo: string }> {
  const operations = new OperationStore(database);
  const operationNo = await operations.begin({ command, by, arguments: args, dryRun });
  try {
    const done = await work(operationNo);
    await operations.end(operationNo, done);
    return { ...done, operationNo };
  } catch (error) {
    const end: OperationEnd = {
      outcome: signal.aborted ? 'interrupted' : 'failed',
      counts: {},
      report: { error: error instanceof Error ? error.message : String(error) },
    };
    // What went wrong first is what the person has to see.
    await operations.end(operationNo, end).catch(() => undefined);
    throw error;
  }
}
