import { Decimal } from 'decimal.js';
import { eventAmount, linesOf, type BookNames, type Line } from '#libs/contracts';
import type { ExportedChange, ExternalChange } from '#libs/store';

/** One change as an export shows it: when, who, why, and what it means in the books. */
export interface ExportRecord {
  /** Unique within the journal: `<refundId>.<sequence>`, or `external.<number>`. */
  readonly entry: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly time: string;
  readonly mode: 'live' | 'test';
  readonly provider: string;
  readonly account: string | null;
  readonly paymentId: string;
  /** Null: money given back elsewhere. */
  readonly refundId: string | null;
  /** The state that it came to; `external` and `externalReturned` for money given back elsewhere. */
  readonly state: string;
  readonly action: 'refund' | 'void' | null;
  /** A person who decided it, whoever asked for it as they named themselves, or `refundry`. */
  readonly actor: string;
  readonly cause: string;
  /** Why a person decided so. */
  readonly because: string | null;
  /** With the decimals of its currency. */
  readonly amount: string | null;
  readonly currency: string;
  readonly providerRefundId: string | null;
  readonly failure: string | null;
  /** Empty where no money moved. */
  readonly lines: readonly Line[];
}

const OURSELVES = 'refundry';

interface Status {
  readonly mode: 'live' | 'test';
  readonly provider: string;
  readonly account: string | null;
  readonly amount: string | null;
  readonly currency: string;
  readonly state: string;
  readonly providerRefundId?: string;
  readonly failure?: { readonly code: string };
  readonly requestedBy?: string;
}

interface Result {
  readonly action?: 'refund' | 'void';
  readonly lines?: readonly Line[];
}

/** The lines are those of the event, as it was published: names that the books have now are not put into old entries. */
export function recordOfChange(change: ExportedChange): ExportRecord {
  const status = JSON.parse(change.status) as Status;
  const result = change.result === null ? {} : (JSON.parse(change.result) as Result);
  const asker = change.cause === 'request' ? status.requestedBy : undefined;
  return {
    entry: `${change.refundId}.${String(change.sequence)}`,
    time: new Date(change.occurredAtMs).toISOString(),
    mode: status.mode,
    provider: status.provider,
    account: status.account,
    paymentId: change.paymentId,
    refundId: change.refundId,
    state: status.state,
    action: result.action ?? null,
    actor: change.decidedBy ?? asker ?? OURSELVES,
    cause: change.cause,
    because: change.decidedBecause,
    amount: status.amount,
    currency: status.currency,
    providerRefundId: status.providerRefundId ?? null,
    failure: status.failure?.code ?? null,
    lines: result.lines ?? [],
  };
}

/** Money given back elsewhere has no event: its lines are written here, with the names that the books have now. */
export function recordOfExternal(change: ExternalChange, books: BookNames): ExportRecord {
  const sum = new Decimal(change.amount);
  const amount = eventAmount(sum.abs().toFixed(), change.currency);
  const state = sum.isNegative() ? 'externalReturned' : 'external';
  const { provider, account, mode, currency } = change;
  return {
    entry: `external.${change.changeNo}`,
    time: new Date(change.changedAtMs).toISOString(),
    mode,
    provider,
    account,
    paymentId: change.paymentId,
    refundId: null,
    state,
    action: null,
    actor: OURSELVES,
    cause: change.cause,
    because: null,
    amount,
    currency,
    providerRefundId: null,
    failure: null,
    lines: linesOf({ provider, account, mode, amount, currency }, state, books),
  };
}
