import type { Bus } from '#libs/bus';
import type { Database } from '#libs/store';
import type { StatementRow } from '../statement/read-statement.ts';
import type { ComparedAccount, NotCompared, Progress } from './account.ts';
import { compareAcknowledged, comparePublished, compareRequests, type Source } from './bus-differences.ts';
import type { Difference, Filter, Summary } from './comparison.ts';
import type { Patience } from './listing.ts';
import { loadAccounts, loadOurs } from './load-ours.ts';
import { loadRequests } from './load-requests.ts';
import { loadAcknowledged, loadPublished } from './load-results.ts';
import { loadTheirs } from './load-theirs.ts';
import { compareWithProviders } from './provider-differences.ts';
import { compareWithStatements, loadStatement } from './statement-differences.ts';
import { TABLES } from './tables.ts';
import { classTotalsOf, differencesOf, giveVerdicts, risksOf, totalsOf } from './verdicts.ts';
import type { Window } from './window.ts';
import { Workbench } from './workbench.ts';

/** What is compared, and with whom. Nothing here can move money: accounts come with a reader only. */
export interface Sides {
  readonly database: Database;
  readonly bus: Bus;
  readonly topics: { readonly requested: string; readonly results: string; readonly acknowledged: string };
  readonly groupId: string;
  readonly accounts: readonly ComparedAccount[];
  /** Statements of accounts, by the account's place in `accounts`. */
  readonly statements: ReadonlyMap<number, AsyncIterable<StatementRow>>;
  /** Who has to acknowledge; null: anybody. */
  readonly consumer: string | null;
}

export interface Question {
  readonly window: Window;
  readonly filter: Filter;
  readonly asOfMs: number;
  /** A request is taken in, and a result sent, within this; what is younger is in progress. */
  readonly busDelayMs: number;
  /** A result is acknowledged within this. */
  readonly acknowledgeMs: number;
}

export interface Run {
  readonly patience: Patience;
  readonly progress: Progress;
}

/** A finished comparison; its differences stay in the database and stream out. One stream at a time. */
export interface Comparison {
  readonly summary: Summary;
  /** By class, the largest first; at most `limit` of each class, all of them when it is null. */
  differences(limit: number | null): AsyncIterable<Difference>;
  readonly bench: Workbench;
  close(): void;
}

/**
 * Compares requests on the bus, the store, the providers and the acknowledgements. Our side is read in one snapshot before the providers are asked, and a
 * refund that has moved on meanwhile is in progress.
 */
export async function compare(sides: Sides, question: Question, run: Run): Promise<Comparison> {
  const bench = await Workbench.open(sides.database, TABLES);
  try {
    const summary = await fill(bench, sides, question, run);
    return {
      summary,
      bench,
      differences: (limit) => differencesOf(bench, limit),
      close: () => {
        bench.close();
      },
    };
  } catch (error) {
    bench.close();
    throw error;
  }
}

async function fill(bench: Workbench, sides: Sides, question: Question, run: Run): Promise<Summary> {
  const { window, filter, asOfMs } = question;
  await bench.execute(
    'insert into question select to_timestamp($1::bigint / 1000.0), to_timestamp($2::bigint / 1000.0), to_timestamp($3::bigint / 1000.0)',
    [asOfMs, window.fromMs, window.toMs],
  );
  await loadAccounts(bench, sides.accounts);
  for (const [key, rows] of sides.statements) await loadStatement(bench, key, rows);
  run.progress('our refunds', 0, null);
  run.progress('our refunds', await loadOurs(bench, filter), null);
  const failures = await loadTheirs(bench, sides.accounts, window, run);
  const { notes, missing } = await compareBus(bench, sides, question, run);
  run.progress('compare', 0, null);
  await compareWithProviders(bench);
  await compareWithStatements(bench, [...sides.statements.keys()]);
  await giveVerdicts(bench);
  const [totals, classes] = [await totalsOf(bench), await classTotalsOf(bench)];
  return {
    window,
    asOfMs,
    filter,
    totals,
    classes,
    risks: await risksOf(bench),
    differences: classes.reduce((sum, { count }) => sum + count, 0),
    notCompared: [...failures, ...missing, ...(await notConfigured(bench))],
    notes: [...notes, ...unseen(sides), ...(await unasked(bench))],
  };
}

interface BusFindings {
  readonly notes: readonly string[];
  /** Topics that are not there: a wrong name must not pass for agreement. */
  readonly missing: readonly NotCompared[];
}

async function compareBus(
  bench: Workbench,
  { bus, topics, groupId, consumer }: Sides,
  { window, filter, asOfMs, busDelayMs, acknowledgeMs }: Question,
  { patience, progress }: Run,
): Promise<BusFindings> {
  const run = { signal: patience.signal, progress };
  const source: Source = { groupId, cluster: await bus.id(), topic: topics.requested };
  const requests = await loadRequests(bench, bus, topics.requested, window, run);
  if (requests !== null) await compareRequests(bench, source, filter, asOfMs - busDelayMs);
  const published = await loadPublished(bench, bus, topics.results, window.fromMs, run);
  const missing = [
    ...(requests === null ? [noTopic(topics.requested)] : []),
    ...(published === null ? [noTopic(topics.results)] : []),
  ];
  const notes = [...(requests ?? []), ...(published?.notes ?? [])];
  if (published?.fromMs == null) return { notes, missing };
  await comparePublished(bench, published.fromMs, asOfMs - busDelayMs);
  const acknowledged = await loadAcknowledged(bench, bus, topics.acknowledged, window.fromMs, consumer, run);
  notes.push(...acknowledged.notes);
  if (acknowledged.fromMs === null) return { notes, missing };
  const wholeSinceMs = Math.max(published.fromMs, acknowledged.fromMs);
  await compareAcknowledged(bench, wholeSinceMs, asOfMs - acknowledgeMs);
  return { notes, missing };
}

function noTopic(topic: string): NotCompared {
  return { provider: 'bus', account: topic, why: 'the topic does not exist' };
}

/** Accounts of refunds in the window whose keys are not here. */
async function notConfigured(bench: Workbench): Promise<readonly NotCompared[]> {
  const rows = await bench.rows<{ provider: string; account: string; refunds: string }>(
    `select provider, account, count(*) as refunds from ours where account_key is null and attempts > 0 group by provider, account order by provider, account`,
  );
  return rows.map(({ provider, account, refunds }) => ({
    provider,
    account,
    why: `its keys are not configured here; it has ${refunds} refunds in the window`,
  }));
}

/** A provider without lists shows only what we ask for. */
function unseen({ accounts, statements }: Sides): readonly string[] {
  return accounts.flatMap(({ account, reader }, key) =>
    reader.listRefunds !== undefined || statements.has(key)
      ? []
      : [
          `${account.provider}/${account.name} has no lists: refunds made in its cabinet are seen only with --statement.`,
        ],
  );
}

async function unasked(bench: Workbench): Promise<readonly string[]> {
  const rows = await bench.rows<{ provider: string; account: string; refunds: string }>(
    `select o.provider, o.account, count(*) as refunds from ours o join account_in i on i.account_key = o.account_key
     where not o.seen and i.compared and not i.lists and o.attempts > 0 and o.state = 'completed'
       and not exists (select from statement_match m where m.payment_no = o.payment_no and m.ordinal = o.ordinal)
     group by o.provider, o.account order by o.provider, o.account`,
  );
  return rows.map(
    ({ provider, account, refunds }) =>
      `${provider}/${account} could not be asked about ${refunds} completed refunds: it never gave their numbers.`,
  );
}
