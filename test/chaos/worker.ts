import { setTimeout as pause } from 'node:timers/promises';
import type { StepName } from '#libs/observability';
import { startChild, type Child } from '../support/child.ts';

const START_PAUSE_MS = 300;
const LOOK_MS = 30;
/** Twice what a processor may take to drain, before it gives up by itself. */
const END_TIMEOUT_MS = 20_000;

/** Where a processor ends itself as `kill -9` would, or stands still until it is told to go on: at the n-th pass of a point between two effects. */
export interface Aim {
  readonly incident: 'kill' | 'stall';
  readonly at: StepName;
  readonly pass: number;
}

type OnMet = (goOn: () => void) => void;

const AIMED = { kill: 'REFUNDRY_CRASH_AT', stall: 'REFUNDRY_STALL_AT' } as const;

/**
 * One processor and whoever looks after it: started again when it was killed or could not start, as an orchestrator would. What is done to it
 * is done in the order asked for.
 */
export class Worker {
  /** How it ended when nobody had ended it; empty when it never did. */
  readonly endedByItself: string[] = [];
  private child: Child | null = null;
  /** The one that will kill itself, unless it is ended before. */
  private doomed: Child | null = null;
  private port = 0;
  /** The one that was told to end and has not yet. */
  private ending: Child | null = null;
  private wanted = false;
  private abandoned = false;
  private doing: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly script: string,
    private readonly roles: string | null,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly onStart: (child: Child) => Promise<void>,
  ) {}

  /** Does nothing while it runs. */
  async start(): Promise<void> {
    await this.next(async () => {
      if (this.child === null) await this.begin();
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

  /**
   * SIGTERM where it runs, and started again to meet an incident. `onMet` is called when it has: killed there it is left dead until it is started,
   * standing still until it is told to go on.
   */
  async aim(aim: Aim, onMet: OnMet): Promise<void> {
    await this.next(async () => {
      await this.end('SIGTERM');
      await this.begin(aim, onMet);
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
    this.ending?.kill('SIGKILL');
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
    // One that stands still hears of it when it goes on.
    child?.kill('SIGCONT');
    this.ending = child;
    let isTooLate = false;
    const timer = setTimeout(() => {
      isTooLate = true;
      child?.kill('SIGKILL');
    }, END_TIMEOUT_MS);
    const code = await child?.exited;
    clearTimeout(timer);
    this.ending = null;
    const isDoomed = code === null && this.doomed === child && !isTooLate;
    if (child === null || signal !== 'SIGTERM' || code === 0 || isDoomed) return;
    const how = isTooLate ? `had not ended ${String(END_TIMEOUT_MS)} ms` : `ended with ${String(code)}`;
    this.endedByItself.push(`${this.name} ${how} after SIGTERM\n${tail(child)}`);
  }

  /** Until it runs: while a server is away a processor cannot start, and says so by ending. */
  private async begin(aim: Aim | null = null, onMet: OnMet = () => undefined): Promise<void> {
    this.wanted = true;
    const child = await this.started(aim);
    if (child === null) return;
    if (aim === null) this.watch(child);
    else this.watchAimed(child, aim, onMet);
    const { port } = child.ready;
    if (typeof port === 'number') this.port = port;
    await this.onStart(child);
  }

  private async started(aim: Aim | null): Promise<Child | null> {
    const args = this.roles === null ? [] : ['--roles', this.roles];
    const aimed = aim === null ? {} : { [AIMED[aim.incident]]: `${aim.at}:${String(aim.pass)}` };
    const environment = { ...this.environment, PORT: String(this.port), ...aimed };
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

  private watchAimed(child: Child, { incident, at }: Aim, onMet: OnMet): void {
    const goOn = (): void => {
      child.kill('SIGCONT');
    };
    if (incident === 'kill') {
      this.child = child;
      this.doomed = child;
      void child.exited.then((code) => {
        if (this.child !== child) return;
        this.child = null;
        if (code === null) onMet(goOn);
        else this.endedByItself.push(`${this.name} ended by itself with ${String(code)}\n${tail(child)}`);
      });
      return;
    }
    this.watch(child);
    const timer = setInterval(() => {
      if (!child.errors().includes(`stalled at ${at}`)) return;
      clearInterval(timer);
      onMet(goOn);
    }, LOOK_MS);
    void child.exited.then(() => {
      clearInterval(timer);
    });
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
