import { Option, type Command } from 'commander';
import { replayPublish, type PublishReplayReport } from '#libs/reconciliation';
import { ReplayStore, type EventFilter } from '#libs/store';
import { CommandFailure } from '../failure.ts';
import type { Done } from '../operation.ts';
import { addReplayOptions, filterOf, spanOf, type ReplayOptions } from '../replay/options.ts';
import { runReplay, type ReplayRun } from '../replay/run.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends ReplayOptions {
  readonly events: 'results' | 'status';
  readonly topic?: string;
}

interface Report extends PublishReplayReport {
  readonly topic: string;
  readonly dryRun: boolean;
}

export function addReplayPublish(replay: Command, terminal: Terminal): void {
  addReplayOptions(replay.command('publish'))
    .addOption(
      new Option(
        '--events <kind>',
        'results: every one of the journal; status: the current snapshot of each refund',
      )
        .choices(['results', 'status'])
        .default('results'),
    )
    .option('--topic <name>', 'to this topic instead of their own; it must be there')
    .description('publish events of the journal again, byte-identical, under the same ids')
    .addHelpText(
      'after',
      '\nThe relays of the running processors do it, in the order of each payment, between what is live. To their own topic the events are duplicates,' +
        '\nwhich consumers must take. Times are those of the events; offsets are those of their requests.',
    )
    .action(async (options: Options) => {
      await runReplay(terminal, {
        name: 'replay publish',
        unit: 'events',
        options,
        run: async (run) => await publishThem(run, options),
        render,
      });
    });
}

async function publishThem(run: ReplayRun, options: Options): Promise<Done<Report>> {
  const { bus, database, config, operationNo, signal, onProgress } = run;
  const { events, topic: other, dryRun = false } = options;
  const own = config.topics[events];
  const topic = other ?? own;
  const admin = await bus.admin();
  const isThere = (await admin.listTopics()).includes(topic);
  await admin.close();
  if (!isThere) throw noSuchTopic(topic);
  if (events === 'status' && topic === own && !config.statusEvents) throw statusEventsOff(topic);
  const done = await replayPublish({
    store: new ReplayStore(database),
    kind: events === 'results' ? 'result' : 'snapshot',
    topic: topic === own ? null : topic,
    filter: { ...filterOf(options), ...(await partOf(run, options)) },
    dryRun,
    operationNo,
    signal,
    onProgress,
  });
  const { published, refused } = done;
  return {
    report: { ...done, topic, dryRun },
    counts: { events: done.events, published, refused },
    outcome: refused > 0 ? 'differences' : 'clean',
  };
}

/** A span of times is about the events; one of offsets is about the requests that they came of. */
async function partOf({ bus, config }: ReplayRun, options: Options): Promise<EventFilter> {
  const span = spanOf(options);
  if (span.by === 'time')
    return {
      ...(span.from === null ? {} : { fromMs: span.from }),
      ...(span.to === null ? {} : { toMs: span.to }),
    };
  const { partition, from, to } = span;
  const edges = { from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER };
  return { requested: { cluster: await bus.id(), topic: config.topics.requested, partition, ...edges } };
}

function render({ topic, events, published, refused, dryRun }: Report): string {
  if (dryRun) return `${String(events)} events would be published to ${topic}.\n`;
  const left = refused === 0 ? '' : `; ${String(refused)} are not taken by it`;
  return `${String(published)} events were published to ${topic}${left}.\n`;
}

function noSuchTopic(topic: string): CommandFailure {
  return new CommandFailure(
    'REPLAY_TOPIC_MISSING',
    {
      happened: `the bus has no topic ${topic}`,
      notDone: 'nothing was published',
      next: 'create it first, with as many partitions as you want; keys decide where an event lies',
    },
    2,
  );
}

function statusEventsOff(topic: string): CommandFailure {
  return new CommandFailure(
    'REPLAY_STATUS_OFF',
    {
      happened: `status events are switched off here, so nothing keeps ${topic} current`,
      notDone: 'nothing was published',
      next: 'switch them on, or name another topic with --topic',
    },
    2,
  );
}
