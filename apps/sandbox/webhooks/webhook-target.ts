import type { Agent } from 'node:http';
import type { ProviderName } from '../provider-name.ts';
import type { SandboxClock } from '../sandbox-clock.ts';
import { postWebhook } from './post-webhook.ts';

/** Above this many waiting deliveries new ones are dropped and counted: a dead receiver must not eat the sandbox's memory. */
const WAITING_MAX = 50_000;
const LANES = 16;
const FIRST_RETRY_MS = 1_000;
const RETRY_MAX_MS = 3_600_000;
/** Razorpay tries for 24 hours and then switches the webhook off. */
const RETRY_WINDOW_MS = 24 * 3_600_000;
/** Long enough for the events of one refund to meet in the pool, short enough for a test. */
const SHUFFLE_POOL_MS = 100;

export interface WebhookEvent {
  readonly eventId: string;
  /** Events with the same key are delivered one after the other (first tries only; a retry keeps nobody waiting). */
  readonly orderKey: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookRegistration {
  readonly provider: ProviderName;
  readonly url: URL;
  readonly order: 'sent' | 'shuffled';
  readonly duplicates: number;
  readonly loss: number;
  /** Each delivery begins late by up to so much. */
  readonly delayMs: number;
  readonly random: () => number;
}

interface Delivery {
  readonly event: WebhookEvent;
  tries: number;
  firstTriedAtMs: number | null;
}

interface Lane {
  waiting: Delivery[];
  running: boolean;
}

/** One registered receiver: its queue, its retries and its counters. */
export class WebhookTarget {
  readonly registration: WebhookRegistration;
  readonly counts = { delivered: 0, failedTries: 0, lost: 0, dropped: 0 };
  disabled = false;
  waiting = 0;
  readonly #clock: SandboxClock;
  readonly #agent: Agent;
  readonly #lanes: Lane[] = Array.from({ length: LANES }, () => ({ waiting: [], running: false }));
  #pool: Delivery[] = [];
  #poolTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(registration: WebhookRegistration, clock: SandboxClock, agent: Agent) {
    this.registration = registration;
    this.#clock = clock;
    this.#agent = agent;
  }

  send(event: WebhookEvent): void {
    const { duplicates, loss, random } = this.registration;
    if (loss > 0 && random() < loss) {
      this.counts.lost += 1;
      return;
    }
    for (let copy = 0; copy <= duplicates; copy += 1) {
      if (this.disabled || this.waiting >= WAITING_MAX) {
        this.counts.dropped += 1;
        continue;
      }
      this.waiting += 1;
      this.#take({ event, tries: 0, firstTriedAtMs: null });
    }
  }

  #take(delivery: Delivery): void {
    const { delayMs, order, random } = this.registration;
    const take = (): void => {
      if (order === 'shuffled') {
        this.#addToPool(delivery);
      } else {
        this.#enqueue(delivery);
      }
    };
    if (delayMs === 0) {
      take();
    } else {
      setTimeout(take, random() * delayMs).unref();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#poolTimer);
  }

  #addToPool(delivery: Delivery): void {
    if (this.#stopped) {
      return;
    }
    this.#pool.push(delivery);
    this.#poolTimer ??= setTimeout(() => {
      this.#poolTimer = undefined;
      const pool = this.#pool;
      this.#pool = [];
      for (const shuffled of reordered(pool, this.registration.random)) {
        this.#enqueue(shuffled);
      }
    }, SHUFFLE_POOL_MS);
  }

  #enqueue(delivery: Delivery): void {
    const lane = this.#lanes[laneOf(delivery.event.orderKey)];
    if (lane !== undefined && !this.#stopped) {
      lane.waiting.push(delivery);
      if (!lane.running) {
        lane.running = true;
        void this.#run(lane);
      }
    }
  }

  async #run(lane: Lane): Promise<void> {
    while (lane.waiting.length > 0 && !this.#stopped) {
      const batch = lane.waiting;
      lane.waiting = [];
      for (const delivery of batch) {
        if (!this.#stopped) {
          await this.#deliver(delivery);
        }
      }
    }
    lane.running = false;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    if (this.disabled) {
      this.#drop();
      return;
    }
    delivery.firstTriedAtMs ??= this.#clock.nowMs();
    delivery.tries += 1;
    const { body, headers } = delivery.event;
    const received = await postWebhook(this.#agent, this.registration.url, body, headers);
    if (this.#stopped) {
      return;
    }
    if (received) {
      this.counts.delivered += 1;
      this.waiting -= 1;
      return;
    }
    this.counts.failedTries += 1;
    this.#retryLater(delivery, delivery.firstTriedAtMs);
  }

  #retryLater(delivery: Delivery, firstTriedAtMs: number): void {
    if (this.#clock.nowMs() - firstTriedAtMs >= RETRY_WINDOW_MS) {
      this.disabled = true;
      this.#drop();
      return;
    }
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (delivery.tries - 1), RETRY_MAX_MS);
    this.#clock.schedule(waitMs, () => this.#enqueue(delivery));
  }

  #drop(): void {
    this.waiting -= 1;
    this.counts.dropped += 1;
  }
}

function laneOf(orderKey: string): number {
  let sum = 0;
  for (let index = Math.max(0, orderKey.length - 4); index < orderKey.length; index += 1) {
    sum += orderKey.charCodeAt(index) * (index + 1);
  }
  return sum % LANES;
}

/** A random order that is certainly another one than the given, as soon as there are two. */
function reordered(deliveries: readonly Delivery[], random: () => number): Delivery[] {
  const shuffled = deliveries
    .map((delivery) => ({ delivery, rank: random() }))
    .toSorted((left, right) => left.rank - right.rank)
    .map(({ delivery }) => delivery);
  const unchanged = shuffled.every((delivery, index) => delivery === deliveries[index]);
  return unchanged ? shuffled.toReversed() : shuffled;
}
