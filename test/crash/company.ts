import { Client } from 'pg';
import type { Bus } from '#libs/bus';
import type { Topics } from '#libs/config';
import {
  checkLedger,
  OrderService,
  toOutgoing,
  type ObservedEvent,
  type Plan,
  type SandboxClient,
} from '#libs/scenario';
import type { Child } from '../support/child.ts';
import { until } from '../support/until.ts';
import { FIRST, planOf, type Kind } from './kinds.ts';

/** Where a scene is played: a bus, a database, a sandbox, and as many processors as it starts. */
export interface Stage {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly sandbox: SandboxClient;
  readonly databaseUrl: string;
  startProcessor(env?: Readonly<Record<string, string>>, roles?: string): Promise<Child>;
  close(): Promise<void>;
}

/** What became of the refund that met the incident. */
export interface Ending {
  readonly kind: Kind;
  /** Refunds that the sandbox holds for it. */
  readonly booked: number;
  /** Its state in the store, with the reason of a review. */
  readonly state: string;
  /** Everything in which plan, events and books disagree. */
  readonly faults: readonly string[];
}

interface Member {
  readonly kind: Kind;
  readonly plan: Plan;
  readonly paymentIds: ReadonlyMap<string, string>;
  readonly orders: OrderService;
  readonly needsPerson: boolean;
}

const never = new AbortController().signal;

/** The order services of one scene, one for each kind of refund. */
export class Company {
  private constructor(
    private readonly stage: Stage,
    private readonly members: readonly Member[],
  ) {}

  static async gather(
    stage: Stage,
    kinds: readonly Kind[],
    needsPerson: (kind: Kind) => boolean,
  ): Promise<Company> {
    const members = kinds.map(async (kind): Promise<Member> => {
      const plan = planOf(kind, needsPerson(kind));
      const orders = new OrderService(stage.bus, stage.topics, plan);
      const paymentIds = await stage.sandbox.createPayments(plan.provider, plan.payments);
      await orders.start();
      return { kind, plan, paymentIds, orders, needsPerson: needsPerson(kind) };
    });
    return new Company(stage, await Promise.all(members));
  }

  /** All requests in one send: they can be one batch. */
  async send(): Promise<void> {
    const writer = await this.stage.bus.writer();
    const messages = this.members.flatMap(({ plan, paymentIds }) =>
      plan.messages.map((message) => toOutgoing(message, this.stage.topics.requested, paymentIds)),
    );
    await writer.send(messages, never);
    await writer.close();
  }

  /** Every refund has a result or waits for a person, whether or not that is how it is to end. */
  async untilQuiet(): Promise<void> {
    await until('every first refund has a result or a person to wait for', () =>
      this.members.every(({ plan, orders }) => {
        const refundId = plan.refunds[FIRST]?.refundId ?? '';
        return orders.seen.hasEnded(refundId) || orders.seen.needsPerson(refundId);
      }),
    );
  }

  /** Every refund has ended as it has to, and the newest snapshot of each is the last one on its topic. */
  async untilEnded(): Promise<void> {
    await until(
      'every refund has ended',
      () =>
        this.members.every(({ plan, orders, needsPerson }) =>
          plan.refunds.every(({ refundId }) => {
            const events = orders.seen.statuses.get(refundId) ?? [];
            const isLast = events.every(({ sequence }) => sequence <= (events.at(-1)?.sequence ?? 0));
            const hasEnded = needsPerson
              ? orders.seen.needsPerson(refundId)
              : orders.seen.hasEnded(refundId) && events.at(-1)?.body['state'] === 'completed';
            return isLast && hasEnded;
          }),
        ),
      () => this.standing(),
    );
  }

  /** `mayRepeat`: what was sent before the incident may have been sent again after it. */
  async endings(mayRepeat: boolean): Promise<readonly Ending[]> {
    return await Promise.all(this.members.map(async (member) => await this.endingOf(member, mayRepeat)));
  }

  async leave(): Promise<void> {
    await Promise.all(
      this.members.map(async ({ orders }) => {
        await orders.stop();
      }),
    );
  }

  private async endingOf({ kind, plan, paymentIds, orders }: Member, mayRepeat: boolean): Promise<Ending> {
    await orders.catchUp(never);
    const ours = new Set(paymentIds.values());
    const refunds = (await this.stage.sandbox.refunds(plan.provider)).filter(({ paymentId }) =>
      ours.has(paymentId),
    );
    const run = { bus: this.stage.bus.kind, duplicatesAbsorbed: 0, seconds: 0 };
    const { differences } = checkLedger(plan, orders.seen, { refunds, paymentIds }, run);
    const { statuses, results } = orders.seen;
    const first = plan.refunds[FIRST];
    if (first?.end.state !== 'completed') throw new Error('the first refund is planned to complete');
    const { amount } = first.end;
    return {
      kind,
      booked: refunds.filter((refund) => refund.amount === amount).length,
      state: await this.stateOf(first.refundId),
      faults: [
        ...differences,
        ...plan.refunds.flatMap(({ refundId }) =>
          gaps(refundId, statuses.get(refundId) ?? [], results.get(refundId) ?? []),
        ),
        ...(mayRepeat
          ? []
          : plan.refunds.flatMap(({ refundId }) => stepsBack(refundId, statuses.get(refundId) ?? []))),
      ],
    };
  }

  private async stateOf(refundId: string): Promise<string> {
    const client = new Client({ connectionString: this.stage.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ state: string; review_reason: string | null }>(
        'select state, review_reason from refundry.refund where refund_id = $1',
        [refundId],
      );
      return [rows[0]?.state, rows[0]?.review_reason].filter((part) => part != null).join(' ');
    } finally {
      await client.end();
    }
  }

  private standing(): string {
    const states = this.members.flatMap(({ plan, orders }) =>
      plan.refunds.map(({ refundId }) => {
        const statuses = orders.seen.statuses.get(refundId) ?? [];
        return `${refundId} ${statuses.map(({ sequence, body }) => `${String(sequence)}:${String(body['state'])}`).join(' ')}`;
      }),
    );
    return states.join('; ');
  }
}

/** What is missing between the first snapshot and the last; and a result that is not exactly one, however often it was published. */
function gaps(
  refundId: string,
  statuses: readonly ObservedEvent[],
  results: readonly ObservedEvent[],
): readonly string[] {
  const faults: string[] = [];
  const last = statuses.at(-1)?.sequence ?? 0;
  const seen = new Set(statuses.map(({ sequence }) => sequence));
  if (seen.size !== last) faults.push(`${refundId}: ${String(seen.size)} of ${String(last)} snapshots`);
  const ids = new Set(results.map(({ ceId }) => ceId));
  if (ids.size > 1) faults.push(`${refundId}: several results, ${[...ids].join(', ')}`);
  return faults;
}

/** An older snapshot behind a newer one: only who had sent nothing before may be asked for none. */
function stepsBack(refundId: string, statuses: readonly ObservedEvent[]): readonly string[] {
  const sequences = statuses.map(({ sequence }) => sequence);
  const isAscending = sequences.every((sequence, index) => sequence >= (sequences[index - 1] ?? 0));
  return isAscending ? [] : [`${refundId}: snapshots ${sequences.join()}`];
}
