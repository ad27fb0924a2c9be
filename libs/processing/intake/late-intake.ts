import type { BusRecord } from '#libs/bus';
import type { ReadRequest } from '#libs/contracts';
import type { AcceptRow, IntakeStore, Origin } from '#libs/store';
import { isRefusedContent } from './refused-content.ts';
import { requestRow, type RequestAccounts, type RequestRowOptions } from './request-row.ts';

export interface LateIntakeOptions extends RequestRowOptions {
  readonly groupId: string;
  readonly cluster: string;
}

/** A request as it was read, with the record it came in. A refundId may stand only once in a batch. */
export interface LateRequest {
  readonly record: BusRecord;
  readonly request: ReadRequest;
}

/**
 * `taken`: looked up before anything is sent; `rejected`: ended at once; `duplicate`, `conflict`: somebody else has taken the refundId in meanwhile, with
 * this content or another; `refused`: the database does not take its content; `unserved`: its account is not configured here, so it was left alone: where
 * it is, it would not be rejected.
 */
export type LateVerdict = 'taken' | 'rejected' | 'duplicate' | 'conflict' | 'refused' | 'unserved';

/** Rounds until every row has its verdict; each needs another session to have written the same refundId in between. */
const ROUNDS_MAX = 50;

/**
 * Takes in requests that their partition's position has passed, by the statement that intake uses. Each may have been paid before its rows were lost,
 * so each is looked up by our reference before anything is sent; where the provider has no such look-up it goes to review. No position moves.
 */
export class LateIntake {
  constructor(
    private readonly store: IntakeStore,
    private readonly accounts: RequestAccounts,
    private readonly options: LateIntakeOptions,
  ) {}

  /** One verdict per request, in order. Rejects when the database cannot be reached; what was taken in by then stays. */
  async take(
    at: { readonly topic: string; readonly partition: number },
    requests: readonly LateRequest[],
  ): Promise<readonly LateVerdict[]> {
    const served = requests.filter(({ request }) => this.isServed(request));
    const drafts = served.map((late) => this.draft(at, late));
    const known = await this.write(
      at,
      drafts.map(({ row }) => row),
    );
    return requests.map((late) => {
      const index = served.indexOf(late);
      const draft = drafts[index];
      if (draft === undefined) return 'unserved';
      return known.get(index) ?? (draft.rejectedAs === null ? 'taken' : 'rejected');
    });
  }

  private isServed({ provider, account }: ReadRequest): boolean {
    return this.accounts.resolve(provider, account).kind === 'account';
  }

  private draft(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    { record, request }: LateRequest,
  ): ReturnType<typeof requestRow> {
    const { offset, timestampMs: recordAtMs } = record;
    const origin: Origin = { cluster: this.options.cluster, topic, partition, offset, recordAtMs };
    return requestRow(request, record, origin, this.accounts, { ...this.options, recovering: true });
  }

  /** Verdicts by index of the rows that were not inserted. */
  private async write(
    at: { readonly topic: string; readonly partition: number },
    rows: readonly AcceptRow[],
  ): Promise<Map<number, LateVerdict>> {
    const known = new Map<number, LateVerdict>();
    let pending = [...rows.keys()];
    for (let round = 0; pending.length > 0; round += 1) {
      if (round === ROUNDS_MAX) throw new Error('no verdict for every request that was taken in late');
      const asked = pending;
      const answer = await this.accept(
        at,
        asked.flatMap((index) => rows[index] ?? []),
      );
      if (answer === 'refused') {
        if (asked.length === 1) return known.set(asked[0] ?? 0, 'refused');
        // Each alone: the others are no worse for the one that the database does not take.
        for (const index of asked)
          for (const [, verdict] of await this.write(at, rows.slice(index, index + 1)))
            known.set(index, verdict);
        return known;
      }
      pending = [];
      for (const { index: position, verdict } of answer) {
        const index = asked[position] ?? 0;
        if (verdict === 'again') pending.push(index);
        else known.set(index, verdict);
      }
    }
    return known;
  }

  private async accept(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    requests: readonly AcceptRow[],
  ): Promise<Awaited<ReturnType<IntakeStore['acceptLate']>> | 'refused'> {
    const { groupId, cluster } = this.options;
    try {
      return await this.store.acceptLate({ groupId, cluster, topic, partition, requests });
    } catch (error) {
      if (isRefusedContent(error)) return 'refused';
      throw error;
    }
  }
}
