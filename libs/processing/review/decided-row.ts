import { nextReread, type Outcome, type ReviewStep } from '#libs/refund';
import type { CallRow, SettleRow } from '#libs/store';
import { PROVED_ABSENT } from '../executor/new-attempt.ts';
import { buildRow, NOTHING, type SettleContext, type Standing } from '../executor/settlement.ts';

export type TakenStep = Exclude<ReviewStep, { readonly kind: 'refused' }>;

/** What a person's word is written with. */
interface Beside {
  /** Names the provider refund that is bound; null: none is. */
  readonly outcome: Outcome | null;
  /** Taken against what the provider shows. */
  readonly forced: boolean;
}

/** The row for what a person has decided. */
export function decidedRow(
  standing: Standing,
  step: TakenStep,
  { outcome, forced }: Beside,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { policy, spacingMs } = context.account;
  const base = { ...NOTHING, laneMs: 0, lookUpMs: null, resend: false };
  switch (step.kind) {
    case 'completed': {
      const view = { ...standing.view, amount: step.amount.toFixed() };
      const lookUpMs = nextReread(0, policy);
      const written = {
        ...base,
        to: 'completed',
        outcome,
        laneMs: spacingMs,
        lookUpMs,
        readingStale: true,
      } as const;
      return buildRow({ ...standing, view }, written, context, call);
    }
    case 'failed': {
      // Looked at once more, as money that shows up now is nobody's. Not where that is what the person has overruled.
      const lookUpMs = forced ? null : policy.visibilityDelayMs;
      const written = { ...base, to: 'failed', failure: step.failure, lookUpMs, readingStale: true } as const;
      return buildRow(standing, written, context, call);
    }
    case 'retry': {
      const { calls, uncounted } = standing.view;
      // Whoever sends it again has looked at why it failed: its calls are counted anew.
      const again = { ...base, inLane: true, uncounted: calls - uncounted };
      const written =
        step.attempt === 'resend'
          ? ({ ...again, to: 'unknown', resend: true } as const)
          : ({
              ...again,
              to: 'requested',
              reviewReason: step.attempt === 'new' ? PROVED_ABSENT : null,
              readingStale: true,
            } as const);
      return buildRow(standing, written, context, call);
    }
  }
}
