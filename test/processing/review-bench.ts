import type { ProcessingAccount } from '#libs/processing';
import { Reviews, type Resolution, type Resolved, type ReviewAccount } from '#libs/processing/review';
import type { LookUpResult, ReviewDecision } from '#libs/refund';
import { ReviewStore } from '#libs/store';
import { BOOK_NAMES } from '../support/book-names.ts';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

export const PERSON = { by: 'ann', reason: 'asked support', evidence: 'ticket 77' };
export const RETRY: ReviewDecision = { as: 'retry', absent: true };
export const UNPROVED: ReviewDecision = { as: 'retry', absent: false };
export const FAILED: ReviewDecision = { as: 'failed', actBy: 'customer', mayRequestAgain: false };
export const COMPLETED: ReviewDecision = { as: 'completed', amount: null };
/** See `resolveEarly`. */
export const EARLY_MS = 60_000;
/** Sums of a payment without open refunds. */
export const SETTLED = { reserved: '0', external: '0', doubtful: 0, waiting: 0 };

export const named = (providerRefundId: string): Partial<Resolution> => ({
  name: { providerRefundId, handle: null },
});
export const requested = (handle: string): Partial<Resolution> => ({
  name: { providerRefundId: null, handle },
});

/** An account whose look-ups are answered with something else than the provider shows. */
export function lookingWith<Account extends ReviewAccount>(
  configured: Account,
  change: (real: LookUpResult) => LookUpResult | Promise<LookUpResult>,
): Account {
  const { reader } = configured.module;
  const lookUp: typeof reader.lookUp = async (account, attempt, signal) => {
    const real = await reader.lookUp(account, attempt, signal);
    return { ...real, result: await change(real.result) };
  };
  return { ...configured, module: { ...configured.module, reader: { ...reader, lookUp } } };
}

/** A bench-top with a person beside it, who decides about refund `a`. */
export class ReviewBench {
  /** What the processors' look-ups are answered with; null: what the provider shows. A person's question is never touched. */
  shown: LookUpResult | null = null;

  private constructor(
    readonly top: BenchTop,
    private readonly reviews: Reviews,
  ) {}

  static async open(options: BenchTopOptions = {}): Promise<ReviewBench> {
    let bench: ReviewBench | null = null;
    const showing = (configured: ProcessingAccount): ProcessingAccount =>
      lookingWith(configured, (real) => bench?.shown ?? real);
    const top = await openBenchTop({ account: showing, ...options });
    const times = { leaseMs: 3000, callTimeoutMs: 400, sendWithinMs: 1000 };
    const limits = { ...times, statusEvents: true, books: BOOK_NAMES };
    bench = new ReviewBench(top, new Reviews(new ReviewStore(top.database), limits));
    top.executor.start();
    return bench;
  }

  async fault(mode: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { provider } = this.top.account.account;
    const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1, ...fields } as const;
    await this.top.sandbox.addFault(provider, planned);
  }

  async resolve(
    decision: ReviewDecision,
    more: Partial<Resolution> = {},
    account: ReviewAccount = this.top.account,
  ): Promise<Resolved> {
    const name = { providerRefundId: null, handle: null };
    const resolution = { decision, name, person: PERSON, force: false, ...more };
    return await this.reviews.resolve('a', resolution, account);
  }

  /** The answer where a booking is visible a minute after the call: there is time to ask before. */
  async resolveEarly(decision: ReviewDecision): Promise<Resolved> {
    const { account } = this.top;
    return await this.resolve(
      decision,
      {},
      { ...account, policy: { ...account.policy, visibilityDelayMs: EARLY_MS } },
    );
  }

  /** All calls were made an hour ago: whatever they made is visible by now. */
  async anHourLater(): Promise<void> {
    await this.top.sql.query(`update refundry.refund set called_at = called_at - interval '1 hour'`);
    await this.top.sql.query(`update refundry.attempt set fenced_at = fenced_at - interval '1 hour'`);
  }

  /** Of the first payment. */
  async sums(): Promise<unknown> {
    const { rows } = await this.top.sql.query<object>(
      'select completed::text, reserved::text, external::text, doubtful, waiting from refundry.payment order by payment_no limit 1',
    );
    return rows[0];
  }

  async bookedOn(paymentId: string): Promise<readonly string[]> {
    const { provider } = this.top.account.account;
    return (await this.top.sandbox.payment(provider, paymentId)).refunds.map(({ amount }) => amount);
  }

  /** The event of the refund's last change. */
  async lastResult(): Promise<Record<string, unknown>> {
    const result = (await this.top.reports.refund('a'))?.journal.at(-1)?.result ?? '{}';
    return JSON.parse(result) as Record<string, unknown>;
  }

  async attempts(): Promise<number> {
    const { rows } = await this.top.sql.query<{ n: string }>(
      'select count(*) as n from refundry.attempt where ordinal = 1',
    );
    return Number(rows[0]?.n);
  }
}
