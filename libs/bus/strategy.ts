import {
  BaseRpcContext,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BatchReader, BusBatch } from './port.ts';

/** Transport of handlers that take batches: `@EventPattern<string>(pattern, BUS)`. Without it a handler would bind to every transport of the app. */
export const BUS = Symbol('bus');

/** What a batch handler may ask beside the batch itself. `signal` aborts when the reader stops or loses the partition. */
export class BatchContext extends BaseRpcContext<[BusBatch, AbortSignal]> {
  get topic(): string {
    return this.args[0].topic;
  }

  get partition(): number {
    return this.args[0].partition;
  }

  get signal(): AbortSignal {
    return this.args[1];
  }
}

/**
 * Nest's transport over a bus reader: one call of a handler per batch. It is thin; order, commits and redelivery are the reader's.
 * `topics` maps a handler's pattern to the topic it reads; a pattern that is not listed is a topic itself.
 */
export class BusStrategy
  extends Server<Record<string, () => void>, 'starting' | 'joined' | 'stopped'>
  implements CustomTransportStrategy
{
  override readonly transportId = BUS;
  /** Else Nest logs each failure of a handler as well; the reader says it and delivers the batch again. */
  override readonly propagatesEventHandlerErrors = true;

  constructor(
    private readonly reader: BatchReader,
    private readonly topics: Readonly<Record<string, string>> = {},
  ) {
    super();
  }

  /** Calls back once the reader has joined; with an error when it cannot, which makes `startAllMicroservices` reject. */
  listen(done: (error?: unknown) => void): void {
    this._status$.next('starting');
    void this.join(done);
  }

  /** The application may have stopped the reader before, to drain in its own order: stopping again waits for the same end. */
  async close(): Promise<void> {
    await this.reader.stop();
    this._status$.next('stopped');
  }

  on(): void {
    throw new Error('the bus has no events to listen to: ask the reader for its health');
  }

  unwrap<T>(): T {
    return this.reader as T;
  }

  private async join(done: (error?: unknown) => void): Promise<void> {
    const handlers = new Map(
      [...this.messageHandlers].map(([pattern, handler]) => [this.topics[pattern] ?? pattern, handler]),
    );
    try {
      await this.reader.start([...handlers.keys()], async (batch, signal) => {
        await this.deliver(handlers.get(batch.topic), batch, signal);
      });
    } catch (error) {
      done(error);
      return;
    }
    this._status$.next('joined');
    done();
  }

  private async deliver(
    handler: MessageHandler | undefined,
    batch: BusBatch,
    signal: AbortSignal,
  ): Promise<void> {
    if (handler === undefined) throw new Error(`no handler for topic ${batch.topic}`);
    const context = new BatchContext([batch, signal]);
    // Its type says void; it returns the handler's promise, and the batch counts as stored only when that has resolved.
    await (this.runWithProcessingHooks(context, async (end) => {
      const result: unknown = await handler(batch, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      end();
    }) as unknown as Promise<void>);
  }
}
