import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '../support/child.ts';

const START_PAUSE_MS = 300;

/**
 * One processor and whoever looks after it: started again when it was killed or could not start, as an orchestrator would. What is done to it
 * is done in the order asked for.
 */
export class Worker {
  /** How it ended when nobody had ended it; empty when it never did. */
  readonly endedByItself: string[] = [];
  private child: Child | null = null;
  private port = 0;
  private wanted = false;
  private abandoned = false;
  private doing: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly script: string,
    private readonly roles: string | null,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly onStart: (port: number | null) => Promise<void>,
  ) {}

  async start(): Promise<void> {
    await this.next(async () => {
      await this.begin();
    });
  }

  /** kill -9; started again after `awayMs`. */
  async kill(awayMs: number): Promise<void> {
    await this.next(async () => {
      await this.end('SIGKILL');
      await pause(awayMs);
      await this.begin();
    });
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  async stall(ms: number): Promise<void> {
    await this.next(async () => {
      this.child?.kill('SIGSTOP');
      await pause(ms);
      this.child?.kill('SIGCONT');
    });
  }

  /** SIGTERM; started again as soon as it has ended. */
  async restart(): Promise<void> {
    await this.next(async () => {
      await this.end('SIGTERM');
      await this.begin();
    });
  }

  /** SIGTERM for good. */
  async stop(): Promise<void> {
    await this.next(async () => {
      await this.end('SIGTERM');
    });
  }

  /** At once, whatever is being done to it. */
  abandon(): void {
    this.abandoned = true;
    this.wanted = false;
    this.child?.kill('SIGKILL');
  }

  private async next(what: () => Promise<void>): Promise<void> {
    const done = this.doing.then(what);
    this.doing = done.catch(() => undefined);
    await done;
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.wanted = false;
    const child = this.child;
    this.child = null;
    child?.kill(signal);
    const code = await child?.exited;
    if (child !== null && signal === 'SIGTERM' && code !== 0)
      this.endedByItself.push(`${this.name} ended with ${String(code)} after SIGTERM\n${tail(child)}`);
  }

  /** Until it runs: while a server is away a processor cannot start, and says so by ending. */
  private async begin(): Promise<void> {
    this.wanted = true;
    const child = await this.started();
    if (child === null) return;
    this.watch(child);
    const { port } = child.ready;
    if (typeof port === 'number') this.port = port;
    await this.onStart(typeof port === 'number' ? port : null);
  }

  private async started(): Promise<Child | null> {
    const args = this.roles === null ? [] : ['--roles', this.roles];
    const environment = { ...this.environment, PORT: String(this.port) };
    while (!this.abandoned) {
      try {
        const child = await startChild(this.script, args, environment);
        if (this.isAbandoned()) child.kill('SIGKILL');
        else return child;
      } catch {
        await pause(START_PAUSE_MS);
      }
    }
    return null;
  }

  /** Asked in a call: while the child started, somebody may have answered it. */
  private isAbandoned(): boolean {
    return this.abandoned;
  }

  private watch(child: Child): void {
    this.child = child;
    void child.exited.then((code) => {
      if (this.child !== child) return;
      this.child = null;
      if (!this.wanted) return;
      this.endedByItself.push(`${this.name} ended by itself with ${String(code)}\n${tail(child)}`);
      void this.start().catch(() => undefined);
    });
  }
}

const LINES_SHOWN = 12;

function tail(child: Child): string {
  return child
    .errors()
    .trim()
    .split('\n')
    .slice(-LINES_SHOWN)
    .map((line) => `      ${line.slice(0, 400)}`)
    .join('\n');
}
