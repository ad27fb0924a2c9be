import type { StepName } from '#libs/observability';
import type { PlannedFault, ScenarioProvider } from '#libs/scenario';
import type { Edit } from './edits.ts';

/** What a mutation breaks. */
export const PROMISES = {
  lost: 'nothing that was accepted is lost',
  twice: 'nothing is paid twice',
  unknown: 'unknown is not failed',
  captured: 'never more than was captured, and what is open stays reserved',
  answer: 'an answer is never dropped',
  evidence: 'only an answer to this very request changes a refund',
  commit: 'state, journal entry and event are one commit',
  order: 'events in the order of the journal, the newest snapshot last',
  badMessage: 'a bad message harms only itself, and is kept',
} as const;

/** What happens to the first processor. It is not alone: another one is started once it has happened. */
export interface Incident {
  readonly kind: 'kill' | 'stall';
  readonly at: StepName;
  /** The pass is drawn from 1 to this. */
  readonly passMax?: number;
  /** A stalled one goes on when everything has ended without it, and then after so long. */
  readonly thenMs?: number;
}

/** A small run in which the mutation has to show. What is drawn, is drawn from the seed. */
export interface Trial {
  readonly provider: ScenarioProvider;
  readonly stories: readonly string[];
  readonly refunds: number;
  /** Beside the stories, many parts asked of one payment at once, a part of which was given back elsewhere. */
  readonly hasCrowd?: true;
  readonly faults?: readonly Omit<PlannedFault, 'seed'>[];
  readonly incident?: Incident;
  /** Of the first processor, of one beside it, and of the one that comes later; absent: all roles, nobody, all roles. */
  readonly roles?: { readonly first: string; readonly beside: string; readonly later: string };
  /** Every message is sent once more when all has ended. */
  readonly isRepeated?: true;
  /** A constraint of the table of payments that is taken away beforehand, where it stands behind the mistake. */
  readonly withoutConstraint?: 'payment_check';
  readonly executorLeaseMs?: number;
  readonly relayLeaseMs?: number;
  /** Where the mutation keeps refunds from ending, nobody waits for it longer than this. */
  readonly overWithinMs?: number;
}

/** A mistake somebody could make in the program, and the run that finds it. */
export interface Mutation {
  readonly name: string;
  readonly does: string;
  readonly breaks: keyof typeof PROMISES;
  readonly edits: readonly Edit[];
  readonly trial: Trial;
  /** What the audit says of it. Anything else it says does not count as found. */
  readonly shows: RegExp;
}

/** A mistake that changes nothing, because something else stands behind it. */
export interface Guarded {
  readonly name: string;
  readonly does: string;
  readonly guardedBy: string;
  /** The mutation in which both are gone. Null: more guards than can be taken away together and leave a program that runs. */
  readonly together: string | null;
}
