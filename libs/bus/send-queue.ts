import { WriterAbandoned, type OutgoingMessage } from './port.ts';

/** The part of a writer that no adapter does differently: one send at a time, and the end of a writer whose send was not waited for. */
export class SendQueue {
  private last: Promise<void> = Promise.resolve();
  private readonly gone = new AbortController();

  /**
   * @param deliver sends the messages of one call; it ends soon after `isAbandoned` has become true.
   * @param onAbandon called once when a signal aborts.
   */
  constructor(
    private readonly deliver: (messages: readonly OutgoingMessage[]) => Promise<void>,
    private readonly onAbandon: () => void,
  ) {}

  get isAbandoned(): boolean {
    return this.gone.signal.aborted;
  }

  async send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    if (this.isAbandoned) throw abandoned();
    const turn = this.last.then(async () => {
      if (this.isAbandoned) throw abandoned();
      await this.deliver(messages);
    });
    this.last = turn.catch(() => undefined);
    await new Promise<void>((resolve, reject) => {
      const abandon = (): void => {
        this.end();
        reject(abandoned());
      };
      signal.addEventListener('abort', abandon, { once: true });
      if (signal.aborted) abandon();
      void turn.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', abandon);
      });
    });
  }

  /** Resolves when nothing is being sent any more; after an abandoned send, when its attempts have really ended. */
  async idle(): Promise<void> {
    await this.last;
  }

  /** No further send is taken. */
  end(): void {
    if (this.isAbandoned) return;
    this.gone.abort();
    this.onAbandon();
  }
}

export function abandoned(): WriterAbandoned {
  return new WriterAbandoned(
    'this writer was closed or its send was not waited for: use a new one and send the same messages again',
  );
}
