import type { Pool } from 'pg';
import { binaryArray, columnsOf } from './binary-array.ts';
import { classifyFault, run, type Database } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import type {
  ArmAnswer,
  ArmRow,
  ClaimedLookUp,
  ClaimedRefund,
  ExternalRow,
  FenceRow,
  RefundView,
  SettleRow,
  StandingRow,
  StoredStanding,
} from './rows.ts';
import { SHARDS } from './shards.ts';
import type { Statement } from './statement.ts';
import { ARM, ARM_COLUMNS } from './statements/arm.ts';
import { CLAIM } from './statements/claim.ts';
import { CLAIM_LOOK_UPS } from './statements/claim-look-ups.ts';
import { KEEP_EXTERNAL, keepExternalValues } from './statements/keep-external.ts';
import { FENCE, FENCE_COLUMNS } from './statements/fence.ts';
import { FREE_PAYMENTS } from './statements/free-payments.ts';
import { GIVE_BACK } from './statements/give-back.ts';
import { LOOK_AGAIN, LOOK_AGAIN_COLUMNS, type LookAgainRow } from './statements/look-again.ts';
import { PAID_BEFORE } from './statements/paid-before.ts';
import { READ_REFUNDS } from './statements/read-refunds.ts';
import { SETTLE, SETTLE_COLUMNS } from './statements/settle.ts';
import {
  CHANGE_STANDING,
  changeValues,
  READ_STANDINGS,
  standingOf,
  type StandingView,
} from './statements/standing.ts';
import { viewOf, type ViewRow } from './view-row.ts';

/** How many heads or look-ups an account may take now. */
export interface Want {
  readonly accountNo: number;
  readonly count: number;
  /** To try whether an account that stopped for its balance goes on. */
  readonly trial?: boolean;
}

/** What became of a decided change; `waiting` = refunds left in the payment's lane. */
export interface Settled {
  readonly applied: boolean;
  readonly waiting: number;
}

/** A lease that is given back: its lane is due after `dueMs` (0 = as it was), from now on under `accountNo` where that is given. */
export interface UnusedLease {
  readonly paymentNo: string;
  readonly token: string;
  readonly dueMs: number;
  readonly accountNo?: number;
}

export interface ExecutorStoreOptions {
  /** How long armings and outcomes may gather now, milliseconds; nobody waits for an outcome's commit, and an arming only while a call is free. */
  readonly gatherMs: (kind: 'arm' | 'settle') => number;
  readonly onFlush: (statement: string, rows: number, durationMs: number) => void;
}

const ROWS_MAX = 256;
const READ_AGAIN_MS = 250;

const OWNER_OF: Statement = {
  name: 'owner-of',
  text: 'select payment_no, ordinal from refundry.provider_refund where merchant_no = $1 and provider_refund_id = $2',
};

/** What the executor reads and writes. Each kind of statement has a connection of its own; rows of many callers go together. */
export class ExecutorStore {
  private closed = false;
  private readonly claims: Pool;
  private readonly reads: Pool;
  private readonly arms: GroupCommit<ArmRow, ArmAnswer>;
  private readonly fences: GroupCommit<FenceRow, boolean>;
  private readonly settles: GroupCommit<SettleRow, Settled>;
  private readonly looks: GroupCommit<LookAgainRow, undefined>;

  constructor(database: Database, options: ExecutorStoreOptions) {
    this.claims = database.pool('path', 1);
    this.reads = database.pool('path', 1);
    const armPool = database.pool('path', 1);
    const settlePool = database.pool('path', 1);
    const commit = { rowsMax: ROWS_MAX, classify: classifyFault };
    const keyed = {
      ...commit,
      keyOf: (row: { readonly paymentNo: string }) => row.paymentNo,
      heldBack: async (rows: readonly { readonly paymentNo: string }[]) => await heldBack(this.reads, rows),
    };
    const onFlush = (name: string) => (rows: number, ms: number) => {
      options.onFlush(name, rows, ms);
    };
    this.arms = new GroupCommit<ArmRow, ArmAnswer>((rows) => armAll(armPool, rows), {
      ...keyed,
      gatherMs: () => options.gatherMs('arm'),
      onFlush: onFlush('arm'),
    });
    // Not gathered: between a fence and its bytes as little time as possible may pass.
    this.fences = new GroupCommit<FenceRow, boolean>((rows) => fenceAll(armPool, rows), {
      ...keyed,
      onFlush: onFlush('fence'),
    });
    this.settles = new GroupCommit<SettleRow, Settled>((rows) => settleAll(settlePool, rows), {
      ...keyed,
      gatherMs: () => options.gatherMs('settle'),
      onFlush: onFlush('settle'),
    });
    this.looks = new GroupCommit((rows) => lookAgainAll(this.reads, rows), {
      ...commit,
      gatherMs: () => options.gatherMs('settle'),
      onFlush: onFlush('look-again'),
    });
  }

  async claim(wants: readonly Want[], leaseMs: number): Promise<ClaimedRefund[]> {
    const rows = await run<ViewRow & { token: string }>(this.claims, CLAIM, [
      ...wantArrays(wants),
      leaseMs,
      binaryArray(
        'bool',
        wants.map(({ trial }) => trial === true),
      ),
    ]);
    return rows.map((row) => ({ ...viewOf(row), token: row.token }));
  }

  async claimLookUps(wants: readonly Want[], leaseMs: number): Promise<ClaimedLookUp[]> {
    const rows = await run<ViewRow & { token: string; tries: number }>(this.claims, CLAIM_LOOK_UPS, [
      ...wantArrays(wants),
      leaseMs,
    ]);
    return rows.map((row) => ({ ...viewOf(row), lookUpToken: row.token, tries: row.tries }));
  }

  async arm(row: ArmRow): Promise<ArmAnswer> {
    return await this.arms.push(row);
  }

  /** Whether the attempt may be sent now; once, ever. */
  async fence(row: FenceRow): Promise<boolean> {
    return await this.fences.push(row);
  }

  /** Not applied: somebody changed the payment meanwhile; the call is kept as late, read again and decide again. */
  async settle(row: SettleRow, atOnce = false): Promise<Settled> {
    return await this.settles.push(row, atOnce);
  }

  async lookAgain(row: LookAgainRow): Promise<void> {
    await this.looks.push(row);
  }

  /** The refund as stored now; null when there is none. */
  async read(paymentNo: string, ordinal: number): Promise<RefundView | null> {
    const values = [binaryArray('int8', [paymentNo]), binaryArray('int4', [ordinal])];
    const [row] = await this.patiently(async () => await run<ViewRow>(this.reads, READ_REFUNDS, values));
    return row === undefined ? null : viewOf(row);
  }

  /** The refund that owns a provider refund; null when nobody does. */
  async ownerOf(
    merchantNo: number,
    providerRefundId: string,
  ): Promise<{ paymentNo: string; ordinal: number } | null> {
    const values = [merchantNo, providerRefundId];
    const [row] = await this.patiently(
      async () => await run<{ payment_no: string; ordinal: number }>(this.reads, OWNER_OF, values),
    );
    return row === undefined ? null : { paymentNo: row.payment_no, ordinal: row.ordinal };
  }

  /** Whether an earlier call of the refund may have moved money although a person had it sent once more. */
  async mayHavePaidBefore({ paymentNo, ordinal }: RefundView): Promise<boolean> {
    const values = [paymentNo, ordinal];
    const [row] = await this.patiently(
      async () => await run<{ may: boolean }>(this.reads, PAID_BEFORE, values),
    );
    return row?.may === true;
  }

  /**
   * Keeps a provider refund that moved money for a refund which has ended or has another one. `kept`: it was not known before. Not `owned`: it belongs to another refund
   * of ours, and nothing was written but the call.
   */
  async keepExternal(row: ExternalRow): Promise<{ readonly kept: boolean; readonly owned: boolean }> {
    const values = keepExternalValues(row);
    const [answer] = await this.patiently(
      async () => await run<{ kept: boolean; owned: boolean }>(this.reads, KEEP_EXTERNAL, values),
    );
    return answer ?? { kept: false, owned: true };
  }

  /** How these accounts stand now. */
  async standings(accountNos: readonly number[]): Promise<StoredStanding[]> {
    const values = [binaryArray('int4', accountNos)];
    const rows = await this.patiently(
      async () => await run<StandingView>(this.reads, READ_STANDINGS, values),
    );
    return rows.map(standingOf);
  }

  /** Whether the change was written: false when the account's standing has changed since it was read. */
  async changeStanding(row: StandingRow): Promise<boolean> {
    const values = changeValues(row);
    const changed = await this.patiently(
      async () => await run<{ version: number }>(this.reads, CHANGE_STANDING, values),
    );
    return changed.length === 1;
  }

  /** Ends leases that were not used. */
  async giveBack(leases: readonly UnusedLease[]): Promise<void> {
    await run(this.claims, GIVE_BACK, [
      binaryArray(
        'int8',
        leases.map((lease) => lease.paymentNo),
      ),
      binaryArray(
        'int8',
        leases.map((lease) => lease.token),
      ),
      binaryArray(
        'int8',
        leases.map((lease) => lease.dueMs),
      ),
      binaryArray(
        'int4',
        leases.map((lease) => lease.accountNo ?? null),
      ),
    ]);
  }

  /** Resolves when everything handed in is written. */
  async idle(): Promise<void> {
    await Promise.all([this.arms.idle(), this.fences.idle(), this.settles.idle(), this.looks.idle()]);
  }

  /** An answer of a provider waits behind these readings: while the connection is lost they wait too, as the writes do. */
  private async patiently<Rows>(ask: () => Promise<Rows>): Promise<Rows> {
    for (;;)
      try {
        return await ask();
      } catch (error) {
        if (this.closed || classifyFault(error) === 'data') throw error;
        await new Promise<void>((resolve) => setTimeout(resolve, READ_AGAIN_MS));
      }
  }

  close(): void {
    this.closed = true;
    for (const lane of [this.arms, this.fences, this.settles, this.looks]) lane.close();
  }
}

function wantArrays(wants: readonly Want[]): Buffer[] {
  return [
    binaryArray(
      'int4',
      wants.map((want) => want.accountNo),
    ),
    binaryArray(
      'int4',
      wants.map((want) => want.count),
    ),
  ];
}

interface ArmedRow {
  n: number;
  granted: boolean;
  remaining: string | null;
  doubtful: number;
  version: number;
}

async function armAll(pool: Pool, rows: readonly ArmRow[]): Promise<ArmAnswer[]> {
  const answers: ArmAnswer[] = rows.map(() => ({ kind: 'lost' }));
  for (const row of await run<ArmedRow>(pool, ARM, columnsOf(ARM_COLUMNS, rows)))
    answers[row.n] = {
      kind: row.granted ? 'armed' : 'refused',
      version: row.version,
      remaining: row.remaining,
      doubtful: row.doubtful,
    };
  return answers;
}

async function fenceAll(pool: Pool, rows: readonly FenceRow[]): Promise<boolean[]> {
  const fenced = rows.map(() => false);
  for (const { n } of await run<{ n: number }>(pool, FENCE, columnsOf(FENCE_COLUMNS, rows))) fenced[n] = true;
  return fenced;
}

async function settleAll(pool: Pool, rows: readonly SettleRow[]): Promise<Settled[]> {
  const settled: Settled[] = rows.map(() => ({ applied: false, waiting: 0 }));
  const values = [...columnsOf(SETTLE_COLUMNS, rows), SHARDS];
  for (const { n, waiting } of await run<{ n: number; waiting: number }>(pool, SETTLE, values))
    settled[n] = { applied: true, waiting };
  return settled;
}

async function heldBack(pool: Pool, rows: readonly { readonly paymentNo: string }[]): Promise<boolean[]> {
  const asked = [
    binaryArray(
      'int8',
      rows.map(({ paymentNo }) => paymentNo),
    ),
  ];
  const free = await run<{ payment_no: string }>(pool, FREE_PAYMENTS, asked);
  const freeNos = new Set(free.map(({ payment_no }) => payment_no));
  return rows.map(({ paymentNo }) => !freeNos.has(paymentNo));
}

async function lookAgainAll(pool: Pool, rows: readonly LookAgainRow[]): Promise<undefined[]> {
  await run(pool, LOOK_AGAIN, columnsOf(LOOK_AGAIN_COLUMNS, rows));
  return rows.map(() => undefined);
}
