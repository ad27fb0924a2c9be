import { setTimeout as pause } from 'node:timers/promises';
import { WriterAbandoned, type Bus, type BusLog, type BusWriter } from '#libs/bus';
import { acknowledgementMessage } from '#libs/contracts';
import type { AccountingDatabase } from './database.ts';
import { ACKNOWLEDGED, TAKE_ACKNOWLEDGEMENTS } from './statements.ts';

export interface AcknowledgementsOptions {
  readonly consumer: string;
  readonly consumerNo: number;
  readonly topic: string;
}

const BATCH = 500;
/** How often another process's leftovers are looked for. */
const POLL_MS = 1000;
const ERROR_PAUSE_MS = 500;
const SEND_TIMEOUT_MS = 15_000;
/** How long a stop waits for what is left; the rest is sent by the next process. */
const DRAIN_MS = 5000;

/**
 * Publishes acknowledgements that were committed with their results, and deletes them after the bus has taken them: at least once. The rows
 * stay locked while they are sent, so that two processes of one consumer do not send the same ones.
 */
export class Acknowledgements {
  private writer: BusWriter | null = null;
  private loop: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private isAwake = false;

  constructor(
    private readonly bus: Bus,
    private readonly database: AccountingDatabase,
    private readonly options: AcknowledgementsOptions,
    private readonly log: BusLog,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** There may be something to send. */
  nudge(): void {
    this.isAwake = true;
    this.wake();
  }

  /** Sends what is left, for a while; then nothing is sent any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.nudge();
    await this.loop;
    const end = performance.now() + DRAIN_MS;
    try {
      while (performance.now() < end && (await this.publish()) > 0);
    } catch (error) {
      this.log('warn', 'acknowledgements are left to the next process', { error: String(error) });
    }
    await this.writer?.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        if ((await this.publish()) < BATCH) await this.rest();
      } catch (error) {
        // What an abandoned writer still has on the way may arrive late; acknowledgements may be repeated, so that does no harm.
        if (error instanceof WriterAbandoned) this.writer = null;
        this.log('warn', 'acknowledgements were not published; they stay and are sent again', {
          error: String(error),
        });
        await pause(ERROR_PAUSE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async publish(): Promise<number> {
    return await this.database.transaction(async (client) => {
      const { consumer, consumerNo, topic } = this.options;
      const { rows } = await client.query<{
        ack_no: string;
        ce_id: string;
        refund_id: string;
        payment_id: string;
        applied_at: Date;
      }>(TAKE_ACKNOWLEDGEMENTS, [consumerNo, BATCH]);
      if (rows.length === 0) return 0;
      const messages = rows.map((row) =>
        acknowledgementMessage(
          {
            refundId: row.refund_id,
            paymentId: row.payment_id,
            acknowledges: row.ce_id,
            consumer,
            acknowledgedAt: row.applied_at.toISOString(),
          },
          topic,
        ),
      );
      this.writer ??= await this.bus.writer();
      await this.writer.send(messages, AbortSignal.timeout(SEND_TIMEOUT_MS));
      await client.query(ACKNOWLEDGED, [rows.map((row) => row.ack_no)]);
      return rows.length;
    });
  }

  private async rest(): Promise<void> {
    if (!this.isAwake) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      const timer = setTimeout(resolve, POLL_MS);
      await promise;
      clearTimeout(timer);
    }
    this.isAwake = false;
  }
}
