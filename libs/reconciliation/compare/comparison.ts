import type { NotCompared } from './account.ts';
import type { ClassCode, Severity } from './classes.ts';
import type { Window } from './window.ts';

/** Null: all of them. An account is named together with its provider. */
export interface Filter {
  readonly provider: string | null;
  readonly account: string | null;
}

/** Amounts are decimal text with the currency's decimals. */
export interface Sum {
  readonly count: number;
  readonly amount: string;
}

/** What became of the refunds of one account in one currency. */
export interface Total {
  readonly provider: string;
  readonly account: string;
  readonly currency: string;
  readonly matched: Sum;
  readonly inProgress: Sum;
  readonly different: Sum;
  /** The provider could not be asked about them. */
  readonly notCompared: Sum;
}

export interface ClassTotal {
  readonly class: ClassCode;
  readonly severity: Severity;
  readonly currency: string | null;
  readonly count: number;
  readonly atRisk: string;
}

/** What may be lost in one currency by the differences of high severity; a refund with two of them counts twice. */
export interface Risk extends Sum {
  readonly currency: string;
}

/** Null where a side does not tell it, or there is no such side. */
export interface Difference {
  readonly class: ClassCode;
  readonly severity: Severity;
  readonly provider: string | null;
  readonly account: string | null;
  readonly refundId: string | null;
  readonly paymentId: string | null;
  readonly providerRefundId: string | null;
  readonly ours: {
    readonly state: string | null;
    readonly amount: string | null;
    readonly currency: string | null;
  };
  readonly theirs: {
    readonly status: string | null;
    readonly amount: string | null;
    readonly currency: string | null;
  };
  readonly atRisk: { readonly amount: string; readonly currency: string } | null;
  readonly happenedAt: string | null;
  readonly detail: string | null;
  readonly action: string;
}

/** Everything but the differences themselves, which are streamed. */
export interface Summary {
  readonly window: Window;
  readonly asOfMs: number;
  readonly filter: Filter;
  readonly totals: readonly Total[];
  readonly classes: readonly ClassTotal[];
  readonly risks: readonly Risk[];
  readonly differences: number;
  /** Accounts whose provider could not be asked, or not about everything: neither matched nor different. */
  readonly notCompared: readonly NotCompared[];
  /** What a reader must know of the sides: where retention cut them, what no side can tell. */
  readonly notes: readonly string[];
}
