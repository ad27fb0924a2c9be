import type { RefundReport } from '#libs/store';

/** What a person asks about a refund that is not finished. `nextAtMs` null: nothing is planned. */
export interface Explanation {
  readonly now: string;
  readonly blockedBy: string | null;
  readonly next: string;
  readonly nextAtMs: number | null;
}

/** Says in words where a refund stands. Pure. */
export function explain(report: RefundReport): Explanation {
  const { refund } = report;
  switch (refund.state) {
    case 'completed':
      return settled(report, 'the provider has given the money back');
    case 'failed':
      return settled(report, failed(report));
    case 'reversed':
      return settled(report, 'the money came back after it had been given');
    case 'review':
      return {
        now: `a person has to decide: ${refund.reviewReason ?? 'no reason was kept'}`,
        blockedBy: 'the decision',
        next: `refundctl review show ${refund.refundId}`,
        nextAtMs: null,
      };
    case 'pending':
      return looking(report, 'the provider has accepted it and has not finished', null);
    case 'unknown':
      return looking(
        report,
        'a call left and its answer is not known; the amount stays reserved',
        'the provider has to say what became of it',
      );
    case 'submitting':
      return {
        now: report.leased
          ? 'a processor is calling the provider'
          : 'a processor was calling the provider and is gone',
        blockedBy: report.leased ? null : 'the lease of that processor',
        next: 'the answer decides; without one it is looked up',
        nextAtMs: report.lookUp?.dueAtMs ?? report.lane?.dueAtMs ?? null,
      };
    default:
      return waiting(report);
  }
}

function failed({ external, refund }: RefundReport): string {
  return external.some(({ relatedRefundId }) => relatedRefundId === refund.refundId)
    ? 'it had failed, and its money moved all the same'
    : 'it ended without money moving';
}

function settled(report: RefundReport, now: string): Explanation {
  return report.lookUp === null
    ? { now, blockedBy: null, next: 'nothing; this is final', nextAtMs: null }
    : {
        now,
        blockedBy: null,
        next:
          report.refund.state === 'failed'
            ? 'it is looked at once more in case its money moved after all'
            : 'it is read again in case the bank takes it back',
        nextAtMs: report.lookUp.dueAtMs,
      };
}

function looking(report: RefundReport, now: string, blockedBy: string | null): Explanation {
  const tries = report.lookUp?.tries ?? 0;
  return {
    now,
    blockedBy: stopped(report) ?? blockedBy,
    next: report.lookUp === null ? 'no look-up is planned' : `look-up number ${String(tries + 1)}`,
    nextAtMs: report.lookUp?.dueAtMs ?? null,
  };
}

const WAITING: Readonly<Record<string, string>> = {
  turn: 'other refunds of this payment come first',
  retry: 'the last call surely moved nothing; it is tried again',
  settlement: 'the payment is not settled yet',
  balance: 'the balance at the provider does not cover it',
  rateLimit: 'the provider asked us to slow down',
  account: 'the account cannot be used now',
};

function waiting(report: RefundReport): Explanation {
  const { refund, lane } = report;
  const standstill = stopOf(report);
  if (standstill !== null) return { now: 'accepted, not sent yet', ...standstill };
  const head = lane?.headRefundId;
  const behind = head !== undefined && head !== refund.refundId ? `${head} is in front of it` : null;
  const why = refund.waitingFor === null ? null : (WAITING[refund.waitingFor] ?? refund.waitingFor);
  return {
    now: 'accepted, not sent yet',
    blockedBy: behind ?? why,
    next:
      lane?.parked === true ? 'when another refund of this payment is decided' : 'a processor takes it up',
    nextAtMs: lane?.dueAtMs ?? null,
  };
}

/** Payment or account are stopped: whatever else a refund waits for, nothing is sent before they go on. */
function stopOf(report: RefundReport): Omit<Explanation, 'now'> | null {
  const { refund, accountStopped } = report;
  if (refund.stoppedBecause !== null)
    return {
      blockedBy: `the payment is stopped: ${refund.stoppedBecause}`,
      next: 'it goes on when somebody has looked and releases the payment',
      nextAtMs: null,
    };
  if (accountStopped === null) return null;
  return {
    blockedBy: stopped(report),
    next: accountStopped.byItself
      ? 'it goes on by itself when the provider takes the account again; it is tried'
      : 'it goes on when the account is resumed',
    nextAtMs: accountStopped.untilMs,
  };
}

function stopped({ accountStopped, refund }: RefundReport): string | null {
  if (accountStopped === null) return null;
  const { by, reason } = accountStopped;
  return `${refund.provider}/${refund.account} is stopped by ${by ?? 'unknown'}: ${reason ?? 'no reason given'}`;
}
