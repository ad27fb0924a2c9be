import { Option, type Command } from 'commander';
import { WriterAbandoned, type BusWriter } from '#libs/bus';
import { redrive, type Redriven, type RedriveRefusal } from '#libs/reconciliation';
import { DeadLetterStore, type Database } from '#libs/store';
import type { Config } from '#libs/config';
import { busLog, openBus } from '../bus.ts';
import { withStore } from '../database.ts';
import { letterCode, letterNumber } from '../dead-letters/options.ts';
import { faultOfWords } from '../dead-letters/words.ts';
import { counted } from '../desk/arguments.ts';
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { audited, operator } from '../operation.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface RedriveOptions {
  readonly reason?: string;
  readonly limit?: number;
  readonly by: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const SEND_TIMEOUT_MS = 15_000;
/** Refusals kept in the audit record: enough to see what they are. */
const REFUSALS_KEPT = 100;

export function addDlqRedrive(dlq: Command, terminal: Terminal): void {
  dlq
    .command('redrive')
    .argument('[numbers...]', 'their numbers in the list', letterNumber)
    .addOption(
      new Option('--reason <code>', 'every open one with this code, oldest first').argParser(letterCode),
    )
    .option('--limit <n>', 'with --reason: at most so many', counted(1))
    .option('--by <name>', 'who does it; kept', operator())
    .option('--dry-run', 'only say which would be sent')
    .option(
      '--force',
      'also those that were redriven or discarded, contradict a known refund, or come from another topic',
    )
    .option('--json', 'answer as JSON')
    .description('send dead letters back to the topic of requests, byte for byte')
    .addHelpText(
      'after',
      '\nKey, value and headers are the original ones; only headers that begin with dlq- are left out. Killed in the middle, a letter may be sent twice:\nintake takes a request once. Whoever sent it may have asked again under another refundId meanwhile: ask before, that would be another refund.',
    )
    .action(async (numbers: readonly string[] | undefined, options: RedriveOptions) => {
      await run(terminal, numbers ?? [], options);
    });
}

async function run(terminal: Terminal, numbers: readonly string[], options: RedriveOptions): Promise<void> {
  if (
    (numbers.length === 0) === (options.reason === undefined) ||
    (options.limit !== undefined && numbers.length > 0)
  )
    throw usage();
  const fault = faultOfWords({ by: options.by });
  if (fault !== null) throw fault;
  const config = readSettings(terminal);
  const answers = await withStore(config, terminal, async (database) => {
    return await redriveWith(terminal, config, database, numbers, options);
  });
  if (options.json === true) terminal.out(line(JSON.stringify(answers)));
  else for (const answer of answers) terminal.out(line(textOf(answer)));
  if (answers.length === 0) terminal.err(line('refundctl: no open dead letter has this code.'));
  const refused = answers.filter(({ kind }) => kind === 'refused').length;
  if (refused > 0)
    throw new CommandFailure(
      'DEAD_LETTERS_REFUSED',
      {
        happened: `${String(refused)} of ${String(answers.length)} were not sent`,
        notDone: 'they are as they were',
        next: 'each is named above with its reason; `refundctl dlq show` says what to do about it',
      },
      2,
    );
}

async function redriveWith(
  terminal: Terminal,
  config: Config,
  database: Database,
  numbers: readonly string[],
  options: RedriveOptions,
): Promise<readonly Redriven[]> {
  const store = new DeadLetterStore(database);
  const open = await openBus(config, busLog(terminal));
  const interrupt = onInterrupt();
  let writer: BusWriter | null = null;
  const dryRun = options.dryRun === true;
  const { by, reason, limit, force = false } = options;
  try {
    const cluster = await open.bus.id();
    const args = { numbers, reason: reason ?? null, limit: limit ?? null, force };
    const { report } = await audited(
      database,
      { command: 'dlq redrive', args, dryRun, by },
      interrupt,
      async (operationNo) => {
        const answers: Redriven[] = [];
        const chosen = reason === undefined ? numbers : openOnes(store, reason, limit ?? Infinity);
        const read = { cluster, topic: config.topics.requested };
        const run = { by, operationNo, force, dryRun, read, sendTimeoutMs: SEND_TIMEOUT_MS };
        const openWriter = async (): Promise<BusWriter> => (writer ??= await open.bus.writer());
        for await (const answer of redrive(store, openWriter, chosen, run, interrupt.signal))
          answers.push(answer);
        if (interrupt.signal.aborted) throw interrupted(answers);
        const refused = answers.filter(({ kind }) => kind === 'refused');
        return {
          outcome: refused.length > 0 ? ('differences' as const) : ('clean' as const),
          counts: { redriven: dryRun ? 0 : answers.length - refused.length, refused: refused.length },
          report: { answers, refused: refused.slice(0, REFUSALS_KEPT) },
        };
      },
    );
    return report.answers;
  } catch (error) {
    throw error instanceof WriterAbandoned ? notAcknowledged() : error;
  } finally {
    interrupt.release();
    await (writer as BusWriter | null)?.close();
    await open.close();
  }
}

async function* openOnes(store: DeadLetterStore, code: string, limit: number): AsyncGenerator<string> {
  let count = 0;
  for await (const { deadLetterNo } of store.list({ code, status: 'open' })) {
    if (count >= limit) return;
    count += 1;
    yield deadLetterNo;
  }
}

const WHY: Readonly<Record<RedriveRefusal, string>> = {
  closed: 'it was redriven or discarded before; --force sends it again',
  conflict:
    'its refundId is taken by a request with other content, so it would only come back; a new refund needs a new refundId. --force sends it all the same',
  elsewhere:
    'it was read from another topic or cluster than requests are read from now; --force sends it to the one of now',
  withheld:
    'its value held what looks like a card number and was never kept: there is nothing to send. Its sender has to ask again',
  tooLarge: 'the topic does not take a message of this size',
  absent: 'this database has no such dead letter',
};

function textOf(answer: Redriven): string {
  switch (answer.kind) {
    case 'redriven':
      return `${answer.deadLetterNo}  redriven`;
    case 'wouldRedrive':
      return `${answer.deadLetterNo}  would be redriven`;
    case 'refused':
      return `${answer.deadLetterNo}  not sent: ${WHY[answer.because]}`;
  }
}

function usage(): CommandFailure {
  return new CommandFailure(
    'DEAD_LETTERS_UNNAMED',
    {
      happened:
        'name either dead letters by their numbers, or a code with --reason; --limit goes with --reason',
      notDone: 'nothing was sent',
      next: '`refundctl dlq list` shows numbers and codes',
    },
    2,
  );
}

function notAcknowledged(): CommandFailure {
  return new CommandFailure('SEND_NOT_ACKNOWLEDGED', {
    happened: `the bus did not acknowledge a dead letter within ${String(SEND_TIMEOUT_MS / 1000)} s`,
    notDone: 'it is not known whether this one arrived; it stays open, and those after it were not sent',
    next: 'check KAFKA_BROKERS and the brokers, then redrive again: a request that arrives twice is taken once',
  });
}

function interrupted(answers: readonly Redriven[]): CommandFailure {
  const sent = answers.filter(({ kind }) => kind === 'redriven').length;
  return new CommandFailure('REDRIVE_INTERRUPTED', {
    happened: `interrupted after ${String(sent)} dead letters`,
    notDone: 'those after them were not sent and are open',
    next: 'run it again: what was sent is not open any more',
  });
}
