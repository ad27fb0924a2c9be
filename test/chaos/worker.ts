import { setTimeout as pause } from 'node:timers/promises';
import type { StepName } from '#libs/observability';
import { launchChild, untilReady, type Child, type Launched } from '../support/child.ts';

const START_PAUSE_MS = 300;
const LOOK_MS = 30;
/** Twice what a processor may take to drain, before it gives up by itself. */
const END_TIMEOUT_MS = 60_000;

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
  /** Runs, starts or ends: there is never a second one. */
  private last: Launched | null = null;
  /** What the one that runs is aimed at. */
  private target: Target | null = null;
  private port = 0;
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

  /** Where it is aimed and has not met its incident: SIGTERM, and started again to meet none. */
  async disarm(): Promise<void> {
    await this.next(async () => {
      if (this.target === null || this.target.isMet) return;
      await this.end('SIGTERM');
      await this.begin();
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
    this.last?.kill('SIGKILL');
  }

  private async next(what: () => Promise<void>): Promise<void> {
    const done = this.doing.then(what);
    this.doing = done.catch(() => undefined);
    await done;
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.wanted = false;
    const { child, target } = this;
    this.child = null;
    target?.cancel();
    child?.kill(signal);
    // One that stands still hears of it when it goes on.
    child?.kill('SIGCONT');
    let isTooLate = false;
    const timer = setTimeout(() => {
      isTooLate = true;
      child?.kill('SIGKILL');
    }, END_TIMEOUT_MS);
    const code = await child?.exited;
    clearTimeout(timer);
    const isDoomed = code === null && target?.incident === 'kill' && !isTooLate;
    if (child === null || signal !== 'SIGTERM' || code === 0 || isDoomed) return;
    const how = isTooLate ? `had not ended ${String(END_TIMEOUT_MS)} ms` : `ended with ${String(code)}`;
    this.endedByItself.push(`${this.name} ${how} after SIGTERM\n${tail(child)}`);
  }

  /** Until it runs: while a server is away a processor cannot start, and says so by ending. */
  private async begin(aim: Aim | null = null, onMet: OnMet = () => undefined): Promise<void> {
    this.wanted = true;
    this.target = aim === null ? null : new Target(aim, onMet);
    const child = await this.started(this.target);
    if (child === null) return;
    this.watch(child);
    const { port } = child.ready;
    if (typeof port === 'number') this.port = port;
    await this.onStart(child);
  }

  /** Null: nobody wants it any more, or it has met its end on the way. */
  private async started(target: Target | null): Promise<Child | null> {
    const args = this.roles === null ? [] : ['--roles', this.roles];
    const environment = { ...this.environment, PORT: String(this.port), ...target?.environment };
    while (!this.abandoned) {
      try {
        this.last = launchChild(this.script, args, environment);
        target?.watch(this.last);
        return await untilReady(this.last);
      } catch {
        if (target?.isKilled === true) return null;
        await pause(START_PAUSE_MS);
      }
    }
    return null;
  }

  private watch(child: Child): void {
    this.child = child;
    void child.exited.then((code) => {
      if (this.child !== child) return;
      this.child = null;
      if (!this.wanted || this.target?.isKilled === true) return;
      this.endedByItself.push(`${this.name} ended by itself with ${String(code)}\n${tail(child)}`);
      void this.start().catch(() => undefined);
    });
  }
}

/** An aimed processor on its way to its incident, which it may meet before it is ready. */
class Target {
  isMet = false;
  private isCancelled = false;

  constructor(
    private readonly aim: Aim,
    private readonly onMet: OnMet,
  ) {}

  get incident(): Aim['incident'] {
    return this.aim.incident;
  }

  get isKilled(): boolean {
    return this.isMet && this.incident === 'kill';
  }

  get environment(): Readonly<Record<string, string>> {
    return { [AIMED[this.incident]]: `${this.aim.at}:${String(this.aim.pass)}` };
  }

  watch(child: Launched): void {
    const timer = setInterval(() => {
      if (this.incident === 'stall' && child.errors().includes(`stalled at ${this.aim.at}`)) this.met(child);
      if (this.isMet) clearInterval(timer);
    }, LOOK_MS);
    void child.exited.then((code) => {
      clearInterval(timer);
      if (this.incident === 'kill' && code === null) this.met(child);
    });
  }

  /** Whatever ends it from now on is not its incident. */
  cancel(): void {
    this.isCancelled = true;
  }

  private met(child: Launched): void {
    this.isMet = true;
    const goOn = (): void => {
      child.kill('SIGCONT');
    };
    // One that was told to end may still get there on its way.
    if (this.isCancelled) goOn();
    else this.onMet(goOn);
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
