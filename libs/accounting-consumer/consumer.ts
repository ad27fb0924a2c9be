import type { BatchReader, Bus, BusLog, PositionReport, ReaderHealth } from '#libs/bus';
import { Acknowledgements } from './acknowledgements.ts';
import { Books, type Taken } from './books.ts';
import { AccountingDatabase } from './database.ts';
import { readStatement, type Statement } from './statement.ts';

export interface AccountingOptions {
  /** Whose books these are; part of the acknowledgements' ids. 1 to 64 of A-Z a-z 0-9 _ -. */
  readonly consumer: string;
  /** Consumer group on the bus. Processes of one consumer share it; another consumer needs another one. */
  readonly groupId: string;
  /** Where results are read: the live topic, or a copy of it. */
  readonly topic: string;
  /** Where acknowledgements go; null: none are made. */
  readonly acknowledgedTopic: string | null;
  /** Forget how far this consumer has read the topic: all of it comes again, and what is known changes nothing. */
  readonly fromEarliest?: boolean;
}

export interface RunningAccounting {
  /** What this process has done so far. */
  readonly taken: Taken;
  health(): ReaderHealth;
  statement(): Promise<Statement>;
  /** Ends the batch in hand, sends the acknowledgements that are left, lets go of the database. The bus stays the caller's. */
  stop(): Promise<void>;
}

/** Keeps the books of one consumer until it is stopped. Resolves once it reads; rejects with one error when it cannot, and nothing runs then. */
export async function startAccounting(
  bus: Bus,
  databaseUrl: string,
  options: AccountingOptions,
  log: BusLog,
): Promise<RunningAccounting> {
  const database = openDatabase(databaseUrl, log);
  try {
    const consumerNo = await database.register(options.consumer);
    const cluster = await bus.id();
    if (options.fromEarliest === true) await forgetPositions(database, consumerNo, cluster, options.topic);
    const { consumer, acknowledgedTopic: topic } = options;
    const acknowledgements =
      topic === null ? null : new Acknowledgements(bus, database, { consumer, consumerNo, topic }, log);
    const books = new Books(database, { consumerNo, cluster, acknowledge: topic !== null }, log);
    const reader = await startReader(bus, books, options, log, () => acknowledgements?.nudge());
    acknowledgements?.start();
    return {
      get taken() {
        return books.taken;
      },
      health: () => reader.health(),
      statement: async () => await readStatement(database, consumerNo),
      stop: async () => {
        await reader.stop();
        await acknowledgements?.stop();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The books as they are, without reading anything; the consumer is registered where it was not. */
export async function accountingStatement(
  databaseUrl: string,
  consumer: string,
  log: BusLog,
): Promise<Statement> {
  const database = openDatabase(databaseUrl, log);
  try {
    return await readStatement(database, await database.register(consumer));
  } finally {
    await database.close();
  }
}

function openDatabase(databaseUrl: string, log: BusLog): AccountingDatabase {
  return new AccountingDatabase(databaseUrl, (error) => {
    log('warn', 'a connection to the books was lost', { error: error.message });
  });
}

async function forgetPositions(
  database: AccountingDatabase,
  consumerNo: number,
  cluster: string,
  topic: string,
): Promise<void> {
  await database.rows(
    'delete from accounting.position where consumer_no = $1 and cluster = $2 and topic = $3',
    [consumerNo, cluster, topic],
  );
}

async function startReader(
  bus: Bus,
  books: Books,
  { groupId, topic }: AccountingOptions,
  log: BusLog,
  onTaken: () => void,
): Promise<BatchReader> {
  const reader = bus.reader({
    groupId,
    positions: books,
    onReport: (report) => {
      log(report.kind === 'rowsLost' ? 'warn' : 'error', MEANING[report.kind], { ...report });
    },
  });
  await reader.start([topic], async (batch) => {
    await books.take(batch);
    onTaken();
  });
  return reader;
}

const MEANING: Readonly<Record<PositionReport['kind'], string>> = {
  rowsLost:
    'the group has read further than the books know: they were restored or start anew. What is missing is read again',
  retention:
    'results between the stored position and the earliest offset are gone: the books may lack them. Have them published again',
  recreated:
    'the log is not the one that was read up to the stored position: the topic was re-created or truncated. Reading goes on at the earliest',
};
