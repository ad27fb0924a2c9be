import { setTimeout as pause } from 'node:timers/promises';
import type {
  BatchHandler,
  BatchReader,
  Bus,
  BusAdmin,
  BusWriter,
  OutgoingMessage,
  PositionReport,
  ReaderOptions,
} from '../port.ts';
import { Ledger } from './ledger.ts';
import type { Wire } from './wire.ts';

/** A connection of its own to the bus under test, as another process would have. */
export interface BusConnection {
  readonly bus: Bus;
  readonly wire: Wire;
}

/** What an adapter's spec provides. The hooks stand for what only that bus can do; each belongs to a capability. */
export interface BusFixture {
  connect(): Promise<BusConnection>;
  /** Appends the values to partition 0 in one transaction, which leaves a marker behind them. */
  appendTransaction?(topic: string, values: readonly string[]): Promise<void>;
  /** Appends as above and leaves the transaction open; the answer commits it. */
  openTransaction?(topic: string, values: readonly string[]): Promise<() => Promise<void>>;
  /** Deletes the records of partition 0 before `offset`, as retention does. */
  deleteBefore?(topic: string, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** The shortest session the default configuration of a broker allows. */
export const SESSION_MS = 6_000;
const WAIT_MS = 30_000;

/** Polls until the condition holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await pause(10);
  }
}

export function message(
  topic: string,
  value: string | Buffer | null,
  key?: string | Buffer,
): OutgoingMessage {
  return {
    topic,
    key: key === undefined ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: [],
  };
}

export function numbered(topic: string, from: number, to: number, key = 'k'): OutgoingMessage[] {
  return Array.from({ length: to - from }, (_, index) => message(topic, String(from + index), key));
}

export function texts(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

/** Everything one test needs, and its end. */
export class World {
  private fixture: BusFixture | null = null;
  private main: BusConnection | null = null;
  private mainAdmin: BusAdmin | null = null;
  private mainWriter: BusWriter | null = null;
  private readonly readers: BatchReader[] = [];
  private readonly connections: BusConnection[] = [];
  private readonly gates: (() => void)[] = [];
  private count = 0;

  async begin(make: () => Promise<BusFixture>): Promise<void> {
    this.fixture = await make();
    this.main = await this.fixture.connect();
    this.mainAdmin = await this.main.bus.admin();
    this.mainWriter = await this.main.bus.writer();
  }

  async end(): Promise<void> {
    await this.main?.bus.close();
    await this.main?.wire.close();
    await this.fixture?.close();
  }

  /** Stops what a test left running. */
  async settle(): Promise<void> {
    for (const open of this.gates.splice(0)) open();
    for (const { wire } of this.connections) wire.restore();
    await Promise.all(
      this.readers.splice(0).map(async (reader) => {
        await reader.stop();
      }),
    );
    for (const { bus, wire } of this.connections.splice(0)) {
      await bus.close();
      await wire.close();
    }
  }

  get bus(): Bus {
    return given(this.main).bus;
  }

  get admin(): BusAdmin {
    return given(this.mainAdmin);
  }

  get hooks(): BusFixture {
    return given(this.fixture);
  }

  async connect(): Promise<BusConnection> {
    const connection = await given(this.fixture).connect();
    this.connections.push(connection);
    return connection;
  }

  /** A condition one side waits for and the other fulfils; it opens at the latest when the test has ended. */
  gate(): Gate {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gates.push(resolve);
    return { opened: promise, open: resolve };
  }

  name(): string {
    this.count += 1;
    return `t${String(process.pid)}-${Date.now().toString(36)}-${String(this.count)}`;
  }

  async topic(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = this.name();
    await this.admin.createTopics([{ topic, partitions, config }]);
    return topic;
  }

  async write(messages: readonly OutgoingMessage[]): Promise<void> {
    await given(this.mainWriter).send(messages, AbortSignal.timeout(WAIT_MS));
  }

  /** Records in all partitions of a topic. */
  async countOf(topic: string): Promise<number> {
    const offsets = await this.admin.offsets(topic);
    return offsets.reduce((sum, { low, high }) => sum + high - low, 0);
  }

  reader(options: Partial<ReaderOptions> = {}, bus: Bus = this.bus): BatchReader {
    const reader = bus.reader({ groupId: this.name(), sessionTimeoutMs: SESSION_MS, ...options });
    this.readers.push(reader);
    return reader;
  }

  /** A started reader that stores into a ledger. */
  async follow(topic: string, options: FollowOptions = {}): Promise<Following> {
    const { ledger = new Ledger(), bus, handler, ...rest } = options;
    const reports: PositionReport[] = [];
    const reader = this.reader(
      { positions: ledger, onReport: (report) => reports.push(report), ...rest },
      bus ?? this.bus,
    );
    const take: BatchHandler = async (batch) => {
      await Promise.resolve(ledger.take(batch));
    };
    await reader.start([topic], handler ?? take);
    return { reader, ledger, reports };
  }

  /** Everything a topic holds, read by a group of its own. */
  async contentOf(topic: string): Promise<Ledger> {
    const expected = await this.admin.offsets(topic);
    const { reader, ledger } = await this.follow(topic);
    await until(`${topic} is read to its end`, () =>
      expected.every(
        ({ partition, low, high }) =>
          low === high || (ledger.positions.get(`${topic}/${String(partition)}`) ?? 0) >= high,
      ),
    );
    await reader.stop();
    return ledger;
  }
}

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export interface FollowOptions extends Partial<ReaderOptions> {
  readonly ledger?: Ledger;
  readonly bus?: Bus;
  readonly handler?: BatchHandler;
}

export interface Following {
  readonly reader: BatchReader;
  readonly ledger: Ledger;
  readonly reports: readonly PositionReport[];
}

function given<T>(part: T | null): T {
  if (part === null) throw new Error('the world has not begun');
  return part;
}
