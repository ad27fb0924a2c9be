import type { BusRecord } from '#libs/bus';
import { eventAmount, freeTextOf, writeEntry, type ReadRequest } from '#libs/contracts';
import { accept, type Acceptance, type Failure, type RequestFault } from '#libs/refund';
import type { AcceptRow, Origin } from '#libs/store';
import type { KeptTask } from '../executor/task.ts';
import type { RequestAccount, Resolution } from '../named-accounts.ts';
import { newSalt } from './salt.ts';

/** Knows the account a request names. */
export interface RequestAccounts {
  resolve(provider: string, name: string | null): Resolution<RequestAccount>;
}

export interface RequestRowOptions {
  readonly requestAgeMaxMs: number;
  readonly statusEvents: boolean;
}

/** One request as the store takes it: judged, with its first journal entry. Accepted and rejected ones differ only in state and events. */
export function requestRow(
  request: ReadRequest,
  record: BusRecord,
  origin: Origin,
  accounts: RequestAccounts,
  options: RequestRowOptions & { readonly recovering: boolean },
): { readonly row: AcceptRow; readonly rejectedAs: string | null } {
  const nowMs = Date.now();
  const { account, faults } = judge(request, accounts);
  const { recovering, requestAgeMaxMs } = options;
  const acceptance = accept({ faults, ageMs: nowMs - record.timestampMs, requestAgeMaxMs, recovering });
  const failure = acceptance.to === 'failed' ? acceptance.failure : null;
  const salt = newSalt();
  const { freeText, freeDigest } = freeTextOf(request, salt);
  const head = headOf(request, account, freeText, freeDigest);
  const entry = writeEntry(head, firstChange(acceptance.to, failure, nowMs));
  const row: AcceptRow = {
    refundId: request.refundId,
    ...numbersOf(account),
    paymentId: request.paymentId,
    fingerprint: request.fingerprint,
    fingerprintVersion: request.fingerprintVersion,
    origin,
    ceId: request.ceId,
    ceSource: request.ceSource,
    traceparent: request.traceparent,
    provider: head.provider,
    account: head.account ?? '',
    mode: head.mode,
    currency: request.currency,
    task: taskText(request),
    request: request.redacted ? null : (record.value?.toString('utf8') ?? null),
    freeText,
    freeDigest,
    salt,
    ...asked(request, acceptance),
    occurredAtMs: nowMs,
    status: entry.status,
    result: entry.result,
    resultType: entry.resultType,
    digest: entry.digest,
    publish: options.statusEvents || entry.result !== null,
  };
  return { row, rejectedAs: failure?.code ?? null };
}

/** What is to be done; nothing for a rejected request. */
function asked(
  request: ReadRequest,
  acceptance: Acceptance,
): Pick<AcceptRow, 'state' | 'asked' | 'expected' | 'lookFirst'> {
  if (acceptance.to === 'failed') return { state: 'failed', asked: null, expected: null, lookFirst: false };
  const { amount, expectedRemaining } = request;
  return { state: 'requested', asked: amount, expected: expectedRemaining, lookFirst: acceptance.lookFirst };
}

/** A request that names no account of ours belongs to merchant and account 0. */
function numbersOf(account: RequestAccount | null): Pick<AcceptRow, 'merchantNo' | 'accountNo'> {
  return account === null
    ? { merchantNo: 0, accountNo: 0 }
    : { merchantNo: account.merchantNo, accountNo: account.accountNo };
}

/** The contract's faults first, then those only the account's provider can see. */
function judge(
  request: ReadRequest,
  accounts: RequestAccounts,
): { readonly account: RequestAccount | null; readonly faults: readonly RequestFault[] } {
  const resolution = accounts.resolve(request.provider, request.account);
  const account = resolution.kind === 'account' ? resolution.account : null;
  if (request.rejections.length > 0) return { account, faults: request.rejections };
  if (resolution.kind === 'unknown') return { account: null, faults: [resolution] };
  const { module } = resolution.account;
  return {
    account,
    faults: [
      ...module.checkPaymentId(request.paymentId),
      ...currencyFaults(request, module.currencyDecimals(request.currency)),
      ...module.checkOptions(request.providerOptions),
    ],
  };
}

function currencyFaults(request: ReadRequest, decimals: number | null): readonly RequestFault[] {
  if (decimals === null)
    return [{ code: 'CURRENCY_UNSUPPORTED', message: 'the provider does not take this currency' }];
  const fraction = request.amount?.split('.')[1]?.replace(/0+$/, '') ?? '';
  return fraction.length > decimals
    ? [
        {
          code: 'AMOUNT_TOO_PRECISE',
          message: `the provider takes ${String(decimals)} decimals in this currency`,
        },
      ]
    : [];
}

function headOf(
  request: ReadRequest,
  account: RequestAccount | null,
  freeText: string,
  freeDigest: string,
): Parameters<typeof writeEntry>[0] {
  return {
    refundId: request.refundId,
    provider: request.provider,
    account: account?.account.name ?? request.account,
    mode: account?.account.mode ?? 'live',
    paymentId: request.paymentId,
    amount: eventAmount(request.amount, request.currency),
    currency: request.currency,
    orderId: request.orderId,
    requestEventId: request.ceId,
    freeText,
    freeDigest,
  };
}

function firstChange(
  state: 'requested' | 'failed',
  failure: Failure | null,
  nowMs: number,
): Parameters<typeof writeEntry>[1] {
  return {
    sequence: 1,
    occurredAt: new Date(nowMs).toISOString(),
    state,
    attempts: 0,
    providerRefundId: null,
    failure,
    action: 'refund',
    references: {},
    remaining: null,
    lines: [],
  };
}

function taskText(request: ReadRequest): string {
  const task: KeptTask = {
    ...(request.orderId === null ? {} : { orderId: request.orderId }),
    ...(Object.keys(request.providerOptions).length === 0 ? {} : { options: request.providerOptions }),
  };
  return JSON.stringify(task);
}
