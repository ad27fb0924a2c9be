import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Consumer } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import type { BatchHandler, BatchReader, ReaderHealth, ReaderOptions } from '../port.ts';
import { settledWithin } from '../settled-within.ts';
import { explain, saysBrokerAway } from './connection-hints.ts';
import { Delivery } from './delivery.ts';
import { DirectFetch } from './direct-fetch.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';
import { assertTopics } from './offsets.ts';
import { Positioning } from './positioning.ts';

/** After kill -9 the group stands still this long; a pause of the event loop longer than this costs the partitions. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** A member whose batch takes longer than this during a rebalance is left out of it. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** How long the broker holds an empty fetch; also the wait before a partition that was paused is fetched again, and the least time to stop. */
const FETCH_WAIT_MS = 200;
const FETCH_PARTITION_BYTES = 512 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
const CONCURRENCY = 4;
/** After a crash that says that the brokers are away. */
const RUN_AGAIN_MS = 1_000;
/** Between two looks whether a topic was created anew: so long may what lies before our place there wait. Shorter: the broker is asked more often. */
const RECHECK_MS = 5_000;
const JOIN_GRACE_MS = 1_000;
const LEAVE_MS = 5_000;

/** The port's reader. Used once: `start` after `stop` is a programmer's error. */
export class KafkaReader implements BatchReader {
  private readonly client: KafkaClient;
  private readonly consumer: Consumer;
  private readonly admin: Admin;
  private readonly positioning: Positioning;
  private readonly started = Promise.withResolvers<void>();
  private delivery: Delivery | null = null;
  private running: Promise<void> | null = null;
  private rechecks: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | null = null;
  private fatal: Error | null = null;
  private lastHeardMs: number | null = null;

  constructor(
    private readonly bus: KafkaBusOptions,
    private readonly options: ReaderOptions,
  ) {
    this.client = new KafkaClient(bus, { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 });
    this.admin = this.client.kafka.admin();
    this.consumer = this.client.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytesPerPartition: FETCH_PARTITION_BYTES,
      maxBytes: FETCH_BYTES,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      retry: {
        retries: 8,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        restartOnFailure: async () => await Promise.resolve(this.stopping === null),
      },
    });
    this.positioning = new Positioning({
      consumer: this.consumer,
      admin: this.admin,
      source: new DirectFetch(this.client.kafka),
      options,
      log: bus.log,
      onReady: () => {
        this.started.resolve();
      },
    });
    this.started.promise.catch(() => undefined);
    this.listen();
  }

  async start(topics: readonly string[], onBatch: BatchHandler): Promise<void> {
    if (this.delivery !== null) throw new Error('a reader starts only once');
    this.delivery = new Delivery(this.positioning, onBatch, this.bus.log, this.options.onCommitted);
    this.begin(topics, this.delivery).catch((error: unknown) => {
      this.started.reject(explain(error));
    });
    try {
      await this.started.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping ??= this.end();
    await this.stopping;
  }

  health(): ReaderHealth {
    return {
      joined: this.stopping === null && this.positioning.isReady,
      lastHeardMsAgo: this.lastHeardMs === null ? null : performance.now() - this.lastHeardMs,
      fatal: this.fatal,
    };
  }

  private async begin(topics: readonly string[], delivery: Delivery): Promise<void> {
    await this.admin.connect();
    await assertTopics(this.admin, topics);
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (this.stopping !== null) return;
    this.rechecks = setInterval(() => {
      void this.positioning.recheck();
    }, RECHECK_MS).unref();
    await this.run(delivery);
  }

  private async run(delivery: Delivery): Promise<void> {
    this.running = this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency ?? CONCURRENCY,
      eachBatch: async (payload) => {
        await delivery.take(payload);
      },
    });
    await this.running;
  }

  private listen(): void {
    const { events } = this.consumer;
    this.consumer.on(events.REQUEST, () => {
      this.lastHeardMs = performance.now();
    });
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
      if (this.stopping !== null) return;
      this.positioning.assign(
        Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    });
    for (const event of [events.REBALANCING, events.STOP, events.DISCONNECT] as const) {
      this.consumer.on(event, () => {
        this.positioning.forget();
      });
    }
    // run() never rejects: a crash is announced here only. With `restart` kafkajs joins again by itself.
    this.consumer.on(events.CRASH, ({ payload }) => {
      this.positioning.forget();
      if (payload.restart || this.stopping !== null) return;
      if (saysBrokerAway(payload.error)) {
        void this.runAgain();
        return;
      }
      this.fatal = explain(payload.error);
      this.started.reject(this.fatal);
    });
  }

  private async runAgain(): Promise<void> {
    await pause(RUN_AGAIN_MS, undefined, { ref: false });
    if (this.stopping === null && this.delivery !== null) await this.run(this.delivery);
  }

  /** Order: no new batch, the ones in hand end and are committed, the group is left; against a silent broker each wait has an end. */
  private async end(): Promise<void> {
    this.started.reject(new BusError('READER_STOPPED', 'the reader was stopped before it had joined'));
    clearInterval(this.rechecks);
    const handled = this.delivery?.stop();
    if (this.running !== null) {
      // A join under way cannot be called back; one that succeeds after the disconnect would stay a member until its session ends.
      await settledWithin(this.running, JOIN_GRACE_MS);
      const left = this.consumer.disconnect();
      await handled;
      await settledWithin(left, LEAVE_MS);
    }
    await handled;
    this.positioning.forget();
    this.client.giveUp();
  }
}
