import type { Command } from 'commander';
import {
  Healing,
  replayResults,
  resultsDiffer,
  type ResultKind,
  type ResultReplayReport,
} from '#libs/reconciliation';
import { ReplayStore } from '#libs/store';
import type { Done } from '../operation.ts';
import { addReplayOptions, filterOf, spanOf, type ReplayOptions } from '../replay/options.ts';
import { countsTable, findingsTable, goneText } from '../replay/render.ts';
import { runReplay, type ReplayRun } from '../replay/run.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends ReplayOptions {
  readonly heal?: boolean;
}

interface Report extends ResultReplayReport {
  /** Stale snapshots that are current on the topic now. */
  readonly healed: number;
  readonly topics: { readonly results: string; readonly status: string };
}

const MEANING: Readonly<Record<ResultKind, string>> = {
  equal: 'as the journal has it, byte for byte',
  missing: 'published by the relay, and not on the topic',
  extra: 'on the topic, and no journal entry makes it',
  different: 'other bytes, key or headers than the journal makes',
  outOfOrder: 'first seen behind a later event of its refund',
  duplicated: 'seen before with the same id; consumers expect that',
  stale: 'the newest snapshot of the refund is not the current one',
};
const LISTED: readonly ResultKind[] = ['missing', 'extra', 'different', 'outOfOrder', 'stale'];

export function addReplayResults(replay: Command, terminal: Terminal): void {
  addReplayOptions(replay.command('results'))
    .option(
      '--heal',
      'have the current snapshot of a refund published where its newest on the topic is older',
    )
    .description('compare the published results and snapshots with the store, record by record')
    .addHelpText(
      'after',
      '\nTimes are those of the events. Offsets are those of the results topic: only its records are compared then, and nothing is called missing or stale.' +
        '\nWhat waits for the relay is in progress and no difference. --heal needs a processor with the role relay.',
    )
    .action(async (options: Options) => {
      await runReplay(terminal, {
        name: 'replay results',
        unit: 'records',
        options,
        run: async (run) => await replayThem(run, options),
        render,
      });
    });
}

async function replayThem(run: ReplayRun, options: Options): Promise<Done<Report>> {
  const { database, config, operationNo, signal } = run;
  const { topics, statusEvents } = config;
  const isHeal = options.heal === true && options.dryRun !== true;
  const healing = new Healing(new ReplayStore(database), operationNo, signal);
  try {
    const found = await replayResults({
      ...run,
      topics,
      statusEvents,
      span: spanOf(options),
      filter: filterOf(options),
      samplesMax: options.limit,
      ...(isHeal && {
        onStale: async (snapshots) => {
          await healing.add(snapshots);
        },
      }),
    });
    const report = { ...found, healed: await healing.finish(), topics };
    const left = { ...report, counts: { ...report.counts, stale: report.counts.stale - report.healed } };
    const counts = { ...report.counts, healed: report.healed, inProgress: report.inProgress };
    return { report, counts, outcome: resultsDiffer(left) ? 'differences' : 'clean' };
  } finally {
    await healing.end();
  }
}

function render(report: Report): string {
  const { topics, records, counts, findings, gone, inProgress, notSeen, healed, complete } = report;
  const rows = LISTED.flatMap((kind) =>
    (findings[kind] ?? []).map((one) => [
      kind,
      one.id ?? '–',
      one.partition === null ? one.topic : `${one.topic}/${String(one.partition)}/${String(one.offset)}`,
      one.text ?? '–',
    ]),
  );
  return [
    `${String(records.result)} records of ${topics.results}, ${String(records.status)} of ${topics.status}`,
    countsTable(counts, MEANING),
    ...findingsTable(['Kind', 'Event', 'Where', 'What'], rows),
    ...(healed > 0 ? [`Healed: ${String(healed)} snapshots were published again and are current now.`] : []),
    ...(inProgress > 0 ? [`In progress: ${String(inProgress)} events wait for the relay.`] : []),
    ...(complete ? [] : ['Only a part of the topic was read: nothing is called missing or stale.']),
    ...goneText(topics.results, gone.result),
    ...(notSeen > 0
      ? [`${String(notSeen)} results of the journal lie before that and were not looked for.`]
      : []),
    ...goneText(topics.status, gone.status),
    '',
  ].join('\n');
}
