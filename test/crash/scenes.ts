import { STEPS, type StepName } from '#libs/observability';
import { KINDS, type Kind } from './kinds.ts';

/** What happens at a point. `stalled`: the process stands still past its lease, another goes on, then it continues. */
export const INCIDENTS = ['killed', 'stalled', 'databaseKilled'] as const;
export type Incident = (typeof INCIDENTS)[number];

/** One incident at one point, met by a refund of each kind. */
export interface Scene {
  readonly at: StepName;
  readonly incident: Incident;
  readonly kinds: readonly Kind[];
}

const STALLED: readonly StepName[] = [
  'executor.armed',
  'executor.fenced',
  'executor.answered',
  'relay.publishing',
];
const DATABASE_KILLED: readonly StepName[] = ['executor.armed', 'executor.answered'];

/** Every point with every kind that passes it. Where the point knows no provider, all kinds meet one incident together. */
export function scenesOf(incident: Incident): readonly Scene[] {
  const points = { killed: STEPS, stalled: STALLED, databaseKilled: DATABASE_KILLED }[incident];
  return points.flatMap((at): Scene[] => {
    const kinds = KINDS.filter((kind) => passes(kind, at));
    return isShared(at) ? [{ at, incident, kinds }] : kinds.map((kind) => ({ at, incident, kinds: [kind] }));
  });
}

/** The point knows no provider. */
export function isShared(at: StepName): boolean {
  return at.startsWith('intake.') || at.startsWith('relay.');
}

function passes(kind: Kind, at: StepName): boolean {
  if (at === 'executor.fenced') return kind === 'robokassa';
  // Refunds of cards send none at Braintree, and RoboKassa has none.
  if (at === 'webhook.stored') return kind === 'razorpay';
  if (at.startsWith('lookUp.')) return kind !== 'braintreeVoid';
  return true;
}

/** What the provider is told to do beforehand, where otherwise the point would not be passed. */
export function needs(kind: Kind, at: StepName): 'lostAnswer' | 'webhooks' | null {
  if (at === 'webhook.stored') return 'webhooks';
  return at.startsWith('lookUp.') && kind === 'razorpay' ? 'lostAnswer' : null;
}

/** How the refund that met the incident ends: what the sandbox holds for it, and its state in the store. */
export interface End {
  readonly booked: number;
  readonly state: string;
}

const COMPLETED: End = { booked: 1, state: 'completed' };
const lost = (booked: number): End => ({ booked, state: 'review LOST_ANSWER' });

/** Fenced and without an answer that anybody still holds, a refund without a key is left to a person, whether or not its bytes arrived. */
const WITHOUT_KEY: Readonly<Record<Incident, Partial<Record<StepName, End>>>> = {
  killed: {
    'executor.fenced': lost(0),
    'executor.sending': lost(0),
    'executor.sent': lost(1),
    'executor.answered': lost(1),
  },
  stalled: { 'executor.fenced': lost(0) },
  databaseKilled: {},
};

export function endOf(kind: Kind, { at, incident }: Pick<Scene, 'at' | 'incident'>): End {
  return (kind === 'robokassa' ? WITHOUT_KEY[incident][at] : undefined) ?? COMPLETED;
}

/** What the process does that the incident is to meet, and what another does beside it; null: all of it, and nobody beside it. */
export function castOf(at: StepName): { readonly roles: string; readonly beside: string | null } {
  if (at.startsWith('intake.')) return { roles: 'intake', beside: null };
  if (at.startsWith('relay.')) return { roles: 'relay,http', beside: 'intake,executor' };
  return { roles: 'intake,executor,relay,http', beside: null };
}

/**
 * Whether events may stand on their topic twice, older ones behind newer ones: not where a relay stood still before its first send, which must not follow
 * when it goes on. After a kill nobody is left to do that, and the next relay may have waited in vain for an acknowledgement on a busy machine.
 */
export function mayRepeat({ at, incident }: Scene): boolean {
  return incident === 'killed' || at !== 'relay.publishing';
}
