import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Columns, ColumnType } from '../binary-array.ts';
import { columnsOf } from '../binary-array.ts';
import { SCHEMA_VERSION } from '../migrate.ts';
import type { Statement } from '../statement.ts';
import * as accept from '../statements/accept.ts';
import * as arm from '../statements/arm.ts';
import * as claimLookUps from '../statements/claim-look-ups.ts';
import * as claim from '../statements/claim.ts';
import * as decide from '../statements/decide.ts';
import * as fence from '../statements/fence.ts';
import * as giveBack from '../statements/give-back.ts';
import * as keepExternal from '../statements/keep-external.ts';
import * as lookAgain from '../statements/look-again.ts';
import * as lookFirst from '../statements/look-first.ts';
import * as readRefunds from '../statements/read-refunds.ts';
import * as relay from '../statements/relay.ts';
import * as reviews from '../statements/reviews.ts';
import * as settle from '../statements/settle.ts';
import * as standing from '../statements/standing.ts';
import * as takeWebhooks from '../statements/take-webhooks.ts';

const FILE = join(import.meta.dirname, 'previous-release.json');
const MODULES: readonly object[] = [
  accept,
  arm,
  claimLookUps,
  claim,
  decide,
  fence,
  giveBack,
  keepExternal,
  lookAgain,
  lookFirst,
  readRefunds,
  relay,
  reviews,
  settle,
  standing,
  takeWebhooks,
];

/** Rows are sent as arrays, one for each column, in this order. */
export type FrozenColumns = readonly { readonly name: string; readonly type: ColumnType }[];

/** What a release asks the database, kept as it was when the release was made. */
export interface FrozenRelease {
  readonly schema: number;
  readonly statements: Readonly<Record<string, string>>;
  readonly columns: Readonly<
    Record<'requests' | 'deadLetters' | 'arm' | 'settle' | 'lookAgain', FrozenColumns>
  >;
}

export async function previousRelease(): Promise<FrozenRelease> {
  return JSON.parse(await readFile(FILE, 'utf8')) as FrozenRelease;
}

/** Keeps this release's statements as those of the previous one: to be done once, when a release is made. */
export async function freezeRelease(): Promise<void> {
  const statements = MODULES.flatMap((module) => Object.values(module) as unknown[])
    .filter(isStatement)
    .map(({ name, text }) => [name, text] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));
  const named = (columns: readonly { readonly name: string; readonly type: ColumnType }[]): FrozenColumns =>
    columns.map(({ name, type }) => ({ name, type }));
  const release: FrozenRelease = {
    schema: SCHEMA_VERSION,
    statements: Object.fromEntries(statements),
    columns: {
      requests: named(accept.REQUEST_COLUMNS),
      deadLetters: named(accept.DEAD_LETTER_COLUMNS),
      arm: named(arm.ARM_COLUMNS),
      settle: named(settle.SETTLE_COLUMNS),
      lookAgain: named(lookAgain.LOOK_AGAIN_COLUMNS),
    },
  };
  await writeFile(FILE, `${JSON.stringify(release, null, 2)}\n`);
}

/** Rows as the previous release sends them; what a column holds is taken from this release's column of that name. */
export function frozenValues<Row>(
  frozen: FrozenColumns,
  columns: Columns<Row>,
  rows: readonly Row[],
): Buffer[] {
  const then = frozen.map(({ name, type }) => {
    const now = columns.find((column) => column.name === name);
    if (now?.type !== type)
      throw new Error(`no column ${name} ${type} any more: write what the release sent`);
    return now;
  });
  return columnsOf(then, rows);
}

function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && 'name' in value && 'text' in value;
}
