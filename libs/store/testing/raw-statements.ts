import { binaryArray, columnsOf } from '../binary-array.ts';
import type { AcceptBatch, ArmRow, SettleRow } from '../rows.ts';
import { SHARDS } from '../shards.ts';
import { ACCEPT, DEAD_LETTER_COLUMNS, REQUEST_COLUMNS } from '../statements/accept.ts';
import { ARM, ARM_COLUMNS } from '../statements/arm.ts';
import { CLAIM } from '../statements/claim.ts';
import { CLAIM_LOOK_UPS } from '../statements/claim-look-ups.ts';
import { LOOK_AGAIN, LOOK_AGAIN_COLUMNS, type LookAgainRow } from '../statements/look-again.ts';
import { SETTLE, SETTLE_COLUMNS } from '../statements/settle.ts';
import { TAKE_WEBHOOKS, WEBHOOK_COLUMNS, type WebhookRow } from '../statements/take-webhooks.ts';
import type { Session } from './interleaving.ts';

/** The statements on a session of the test's choice, inside a transaction or changed on purpose; rows as the database answers them. */
export async function acceptOn(
  session: Session,
  batch: AcceptBatch,
  statement = ACCEPT,
): Promise<{ n: number; verdict: string }[]> {
  const { groupId, cluster, topic, partition, from, next, lastRecordAtMs, recoverBelow = null } = batch;
  const scalars = [groupId, cluster, topic, partition, from, next, lastRecordAtMs, SHARDS, recoverBelow];
  return await session.rows(statement, [
    ...scalars,
    ...columnsOf(REQUEST_COLUMNS, batch.requests),
    ...columnsOf(DEAD_LETTER_COLUMNS, batch.deadLetters),
  ]);
}

export interface RawClaim {
  readonly refund_id: string;
  readonly ordinal: number;
  readonly state: string;
  readonly attempt_no: number;
  readonly token: string;
}

/** Of account 1. */
export async function claimOn(session: Session, count: number, statement = CLAIM): Promise<RawClaim[]> {
  return await session.rows(statement, [
    binaryArray('int4', [1]),
    binaryArray('int4', [count]),
    30_000,
    binaryArray('bool', [false]),
  ]);
}

export async function claimLookUpsOn(session: Session, count: number): Promise<RawClaim[]> {
  return await session.rows(CLAIM_LOOK_UPS, [binaryArray('int4', [1]), binaryArray('int4', [count]), 30_000]);
}

export async function armOn(
  session: Session,
  rows: readonly ArmRow[],
  statement = ARM,
): Promise<{ n: number; granted: boolean; version: number }[]> {
  return await session.rows(statement, columnsOf(ARM_COLUMNS, rows));
}

export async function settleOn(
  session: Session,
  rows: readonly SettleRow[],
  statement = SETTLE,
): Promise<{ n: number; waiting: number }[]> {
  return await session.rows(statement, [...columnsOf(SETTLE_COLUMNS, rows), SHARDS]);
}

export async function lookAgainOn(
  session: Session,
  rows: readonly LookAgainRow[],
  statement = LOOK_AGAIN,
): Promise<object[]> {
  return await session.rows(statement, columnsOf(LOOK_AGAIN_COLUMNS, rows));
}

export async function takeWebhooksOn(
  session: Session,
  rows: readonly WebhookRow[],
  statement = TAKE_WEBHOOKS,
): Promise<{ n: number; hinted: boolean }[]> {
  return await session.rows(statement, columnsOf(WEBHOOK_COLUMNS, rows));
}
