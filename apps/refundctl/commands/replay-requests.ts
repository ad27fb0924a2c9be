import type { Command } from 'commander';
import { LateIntake, NamedAccounts } from '#libs/processing/intake';
import {
  replayRequests,
  requestsDiffer,
  type RequestKind,
  type RequestReplayReport,
} from '#libs/reconciliation';
import { IntakeStore, ReplayStore } from '#libs/store';
import type { Done } from '../operation.ts';
import { requestAccounts } from '../replay/accounts.ts';
import { addReplayOptions, filterOf, spanOf, type ReplayOptions } from '../replay/options.ts';
import { countsTable, findingsTable, goneText } from '../replay/render.ts';
import { runReplay, type ReplayRun } from '../replay/run.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends ReplayOptions {
  readonly ingest?: boolean;
}

const MEANING: Readonly<Record<RequestKind, string>> = {
  equal: 'known with the same content',
  waiting: 'not taken in yet: intake has not come there',
  missing: 'passed by intake, and not known',
  conflict: 'known with another content; kept as a dead letter',
  unreadable: 'not readable, or refused; kept as a dead letter',
  conflictNotKept: 'known with another content, and no dead letter of it is there',
  unreadableNotKept: 'not readable, and no dead letter of it is there',
  taken: 'was missing; taken in late, looked up before anything is sent',
  rejected: 'was missing; taken in late and rejected',
  refused: 'was missing; the database does not take its content',
};
const LISTED: readonly RequestKind[] = [
  'missing',
  'conflictNotKept',
  'unreadableNotKept',
  'taken',
  'rejected',
  'refused',
];

export function addReplayRequests(replay: Command, terminal: Terminal): void {
  addReplayOptions(replay.command('requests'))
    .option(
      '--ingest',
      'take missing ones in late: each is looked up at the provider before anything is sent',
    )
    .description('read the requests again: every one must be known, with the same content')
    .addHelpText(
      'after',
      '\nNothing is ever sent from here. With --ingest, a request whose provider cannot be asked by our reference goes to review.' +
        '\nThe positions of intake stay where they are. Accounts as the processor has them are needed for --ingest.',
    )
    .action(async (options: Options) => {
      await runReplay(terminal, {
        name: 'replay requests',
        unit: 'records',
        options,
        run: async (run) => await replayThem(run, options),
        render,
      });
    });
}

async function replayThem(run: ReplayRun, options: Options): Promise<Done<RequestReplayReport>> {
  const { bus, database, config } = run;
  const intake = new IntakeStore(database);
  const cluster = await bus.id();
  const { groupId, limits, statusEvents } = config;
  const lateOptions = { groupId, cluster, requestAgeMaxMs: limits.requestAgeMaxMs, statusEvents };
  const isIngest = options.ingest === true && options.dryRun !== true;
  const late = isIngest
    ? new LateIntake(intake, new NamedAccounts(await requestAccounts(config, database)), lateOptions)
    : null;
  const report = await replayRequests({
    ...run,
    store: new ReplayStore(database),
    intake,
    cluster,
    groupId,
    topic: config.topics.requested,
    payloadBytesMax: limits.payloadBytesMax,
    span: spanOf(options),
    filter: filterOf(options),
    ingest: late === null ? null : async (at, requests) => await late.take(at, requests),
    samplesMax: options.limit,
  });
  return { report, counts: report.counts, outcome: requestsDiffer(report) ? 'differences' : 'clean' };
}

function render({ topic, records, counts, findings, gone }: RequestReplayReport): string {
  const rows = LISTED.flatMap((kind) =>
    (findings[kind] ?? []).map((one) => [
      kind,
      one.refundId ?? '–',
      `${String(one.partition)}/${String(one.offset)}`,
      one.reason ?? '–',
    ]),
  );
  return [
    `${String(records)} requests of ${topic}`,
    countsTable(counts, MEANING),
    ...findingsTable(['Kind', 'Refund', 'Partition/offset', 'Why'], rows),
    ...goneText(topic, gone),
    '',
  ].join('\n');
}
