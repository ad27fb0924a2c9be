import { setTimeout as pause } from 'node:timers/promises';
import type { Bus, BusWriter } from '#libs/bus';
import type { Topics } from '#libs/config';
import {
  OrderService,
  toOutgoing,
  type Plan,
  type PlannedMessage,
  type Random,
  type SandboxClient,
  type Wave,
} from '#libs/scenario';
import type { Crowd } from './crowd.ts';
import { giveBackElsewhere } from './elsewhere.ts';

/** Carries a message's number through the dead-letter topic. */
export const MESSAGE_HEADER = 'chaos-message';

const SEND_TIMEOUT_MS = 6000;
const SEND_PAUSE_MS = 200;
const SLICE_MAX = 8;
/** One for repetitions, one for the stories, whose order counts, the others for the crowd. */
const SENDERS = 4;

/** What one provider is asked for, planned. */
export interface TrafficPlan {
  readonly plan: Plan;
  readonly crowd: Crowd;
}

/** A connection that sends until it has been acknowledged, in the order given, however often it takes. */
class Sender {
  private writer: BusWriter | null = null;

  constructor(
    private readonly bus: Bus,
    private readonly topic: string,
    private readonly paymentIds: ReadonlyMap<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  async send(messages: readonly PlannedMessage[]): Promise<void> {
    const outgoing = messages.map((message) => toOutgoing(message, this.topic, this.paymentIds));
    while (!this.signal.aborted && outgoing.length > 0) {
      try {
        this.writer ??= await this.bus.writer();
        await this.writer.send(
          outgoing,
          AbortSignal.any([this.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]),
        );
        return;
      } catch {
        // One that was given up may still deliver late, and is never used again.
        const abandoned = this.writer;
        this.writer = null;
        void abandoned?.close().catch(() => undefined);
        await pause(SEND_PAUSE_MS);
      }
    }
  }

  async close(): Promise<void> {
    await this.writer?.close().catch(() => undefined);
  }
}

/** One provider's order service under way. */
export class Traffic {
  readonly orders: OrderService;
  readonly plan: Plan;
  readonly crowd: Crowd;
  /** Every message with its number as a header; the numbers count over `numbered`. */
  readonly numbered: readonly PlannedMessage[];
  private readonly sent: PlannedMessage[] = [];
  private readonly senders: readonly Sender[];

  private constructor(
    bus: Bus,
    topics: Topics,
    { plan, crowd }: TrafficPlan,
    readonly paymentIds: ReadonlyMap<string, string>,
    /** What the provider calls the refunds that were made elsewhere. */
    readonly elsewhere: ReadonlySet<string>,
    private readonly signal: AbortSignal,
  ) {
    this.senders = Array.from(
      { length: SENDERS },
      () => new Sender(bus, topics.requested, paymentIds, signal),
    );
    this.plan = plan;
    this.crowd = crowd;
    this.orders = new OrderService(bus, topics, { ...plan, refunds: [...plan.refunds, ...crowd.refunds] });
    this.numbered = [...plan.messages, ...crowd.messages].map((message, index) => ({
      ...message,
      headers: [...message.headers, [MESSAGE_HEADER, String(index)] as const],
    }));
  }

  /** Makes the payments, and what is given back of them elsewhere. */
  static async open(
    { bus, topics, sandbox }: { readonly bus: Bus; readonly topics: Topics; readonly sandbox: SandboxClient },
    planned: TrafficPlan,
    signal: AbortSignal,
  ): Promise<Traffic> {
    const { plan, crowd } = planned;
    const paymentIds = await sandbox.createPayments(plan.provider, [...plan.payments, ...crowd.payments]);
    const elsewhere = await giveBackElsewhere(sandbox.url, crowd.elsewhere, paymentIds);
    return new Traffic(bus, topics, planned, paymentIds, elsewhere, signal);
  }

  /** Sends a wave in small parts, spread over `overMs`; a crowd from several senders at once. */
  async send(wave: Wave, overMs: number, random: Random): Promise<void> {
    const wanted = this.numbered.filter((message) => message.wave === wave);
    const stories = wanted.filter(({ story }) => story !== 'crowd');
    const crowd = wanted
      .filter(({ story }) => story === 'crowd')
      .map((message) => ({ message, at: random.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ message }) => message);
    const [, forStories, ...forCrowd] = this.senders;
    await Promise.all([
      this.spread(forStories, stories, overMs, random),
      ...forCrowd.map(async (sender, no) => {
        const share = crowd.filter((_, index) => index % forCrowd.length === no);
        await this.spread(sender, share, overMs, random);
      }),
    ]);
  }

  /** Sends some of what was sent once more, as a sender does that never heard that it had arrived. */
  async resend(count: number, random: Random): Promise<void> {
    const again: PlannedMessage[] = [];
    for (let left = count; left > 0 && this.sent.length > 0; left -= 1) {
      const one = this.sent[random.int(0, this.sent.length - 1)];
      if (one !== undefined) again.push(one);
    }
    await this.senders[0]?.send(again);
  }

  private async spread(
    sender: Sender | undefined,
    messages: readonly PlannedMessage[],
    overMs: number,
    random: Random,
  ): Promise<void> {
    const startedMs = performance.now();
    let from = 0;
    while (from < messages.length && !this.signal.aborted) {
      const part = messages.slice(from, from + random.int(1, SLICE_MAX));
      await sender?.send(part);
      this.sent.push(...part);
      from += part.length;
      const dueMs = startedMs + (from / messages.length) * overMs;
      await pause(Math.max(0, dueMs - performance.now()));
    }
  }

  async stop(): Promise<void> {
    await this.orders.stop();
    for (const sender of this.senders) await sender.close();
  }

  /** Whether everything of these waves has an end, or waits for a person where one is needed. */
  isOver(waves: readonly Wave[]): boolean {
    return this.waiting(waves).length === 0;
  }

  waiting(waves: readonly Wave[]): readonly string[] {
    const { seen } = this.orders;
    const held = this.paymentsHeldUp();
    return [...this.plan.refunds, ...this.crowd.refunds]
      .filter(
        ({ refundId, wave, payment }) =>
          waves.includes(wave) &&
          !seen.hasEnded(refundId) &&
          !(this.plan.mayNeedPerson && (seen.needsPerson(refundId) || held.has(payment))),
      )
      .map(({ refundId, story }) => `${refundId} (${story})`);
  }

  /** Payments on which nothing more is sent before a person has decided. */
  private paymentsHeldUp(): ReadonlySet<string> {
    const held = new Set<string>();
    for (const { refundId, payment } of this.crowd.refunds)
      if (this.orders.seen.needsPerson(refundId)) held.add(payment);
    return held;
  }
}
