import { backOff } from '#libs/refund';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { CallSlots } from './call-slots.ts';
import { isAnswer } from './heard-calls.ts';
import { uninterrupted } from './uninterrupted.ts';

/** What is claimed of an account. */
export type Work = 'refunds' | 'lookUps';

/** Longest time for which a provider that is down is not asked: what waits for it waits this long at most after it is back. */
const PAUSE_MAX_MS = 30_000;

/** One account in this process: its calls, and what of it is claimed and under way. */
export class AccountLane {
  readonly slots: CallSlots;
  /** Refunds between arming and their written outcome: as many again as calls, so that an armed one waits for about one call. */
  readonly ahead: CallSlots;
  readonly breakers: Readonly<Record<Work, Breaker>>;
  readonly underWay: Record<Work, number> = { refunds: 0, lookUps: 0 };
  /** The last claim gave all it was asked for: there is probably more. */
  readonly backlog: Record<Work, boolean> = { refunds: false, lookUps: false };

  constructor(
    readonly account: ProcessingAccount,
    private readonly most: Readonly<Record<Work, number>>,
    private readonly watch: Watch,
    private readonly onRoom: (work: Work) => void,
  ) {
    this.slots = new CallSlots(account.concurrency, account.ratePerSecond);
    this.ahead = new CallSlots(account.concurrency * 2, null);
    this.breakers = { refunds: this.breaker('refunds'), lookUps: this.breaker('lookUps') };
  }

  /** How many may be claimed now; fewer than `atLeast` would cost more than they gain while there is room for as many. */
  room(work: Work, atLeast: number): number {
    const { limit } = this.breakers[work];
    const most = Math.min(this.most[work], limit ?? this.most[work]);
    const free = most - this.underWay[work];
    return limit === null && free < atLeast ? 0 : Math.max(0, free);
  }

  stop(): void {
    for (const breaker of Object.values(this.breakers)) breaker.stop();
  }

  private breaker(work: Work): Breaker {
    const { policy, account, module, concurrency } = this.account;
    const pauseMaxMs = Math.min(policy.retryMaxMs, PAUSE_MAX_MS);
    return new Breaker({
      widthMax: concurrency,
      // Not in its turn: the account's calls may all be waiting for answers that do not come.
      ask: async () => {
        const { kind, exchange } = await module.reader.probe(account, uninterrupted);
        this.watch.call(account.provider, 'probe', kind, exchange.durationMs);
        return isAnswer(exchange);
      },
      pauseMs: (turn) => backOff(policy.retryFirstMs, pauseMaxMs, turn, Math.random()),
      onChange: (state, before) => {
        if (state !== before) this.tell(work, state, before);
        this.onRoom(work);
      },
    });
  }

  private tell(work: Work, state: BreakerState, before: BreakerState): void {
    const { provider, name } = this.account.account;
    this.watch.claiming(provider, name, work, state);
    if (state === 'open' && before === 'closed')
      this.watch.log(
        'warn',
        'a provider does not answer; nothing more is claimed of its account until it does',
        {
          provider,
          account: name,
          work,
        },
      );
    if (state === 'closed')
      this.watch.log('info', 'an account is claimed as usual again', { provider, account: name, work });
  }
}
