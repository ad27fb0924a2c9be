import { isRecord } from './document.ts';
import type { Findings } from './faults.ts';
import { suggestion } from './nearest.ts';

/** A number that may be set in the configuration file: its default, what is accepted, and what goes wrong outside that. */
export interface LimitRule {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
  /** A share between 0 and 1 instead of a whole number. */
  readonly fraction?: true;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What bounds messages, age and the shutdown: section `limits` of the file. */
export const LIMITS = {
  payloadBytesMax: {
    default: 262_144,
    min: 1024,
    max: 900_000,
    meaning:
      'largest request; above it a dead letter. Must stay below what the dead-letter topic takes with its headers',
  },
  requestAgeMaxMs: {
    default: 7 * DAY_MS,
    min: MINUTE_MS,
    max: 365 * DAY_MS,
    meaning: 'an older request may be a replay: it is looked up at the provider before anything is sent',
  },
  graceMs: {
    default: 25_000,
    min: 1000,
    max: 600_000,
    meaning:
      'time to drain after SIGTERM; keep it below what the platform waits before it kills (30 s in Kubernetes)',
  },
  startWaitMs: {
    default: 60_000,
    min: 0,
    max: 3_600_000,
    meaning:
      'how long a start waits for a database or a broker that cannot be reached before it exits with 1',
  },
  partitions: {
    default: 12,
    min: 1,
    max: 1000,
    meaning: 'partitions of topics that are created; never changes an existing topic',
  },
} as const satisfies Readonly<Record<string, LimitRule>>;

/** The loop that calls providers: section `executor` of the file. */
export const EXECUTOR = {
  leaseMs: {
    default: 30_000,
    min: 2000,
    max: 600_000,
    meaning: 'how long a claimed payment belongs to one worker; also how long a killed worker delays it',
  },
  callTimeoutMs: {
    default: 10_000,
    min: 100,
    max: 300_000,
    meaning: 'deadline of one provider call; less than half of the lease',
  },
  sendWithinMs: {
    default: 2000,
    min: 50,
    max: 60_000,
    meaning: 'a call without an idempotency key is sent only if its fence was written within this time',
  },
  concurrency: {
    default: 64,
    min: 1,
    max: 4096,
    meaning: 'calls in flight per account and process, where the account does not say otherwise',
  },
  claimAheadMax: {
    default: 128,
    min: 0,
    max: 10_000,
    meaning:
      'refunds claimed before a call is free for them; higher hides the database, lower shares better between processes',
  },
  lookUpShare: {
    default: 0.25,
    min: 0.05,
    max: 0.9,
    meaning: 'share of the calls that look-ups are sure of while both kinds wait',
    fraction: true,
  },
  retryFirstMs: { default: 500, min: 1, max: HOUR_MS, meaning: 'pause before the first repeat; it doubles' },
  retryMaxMs: { default: 5 * MINUTE_MS, min: 1, max: DAY_MS, meaning: 'longest pause between repeats' },
  callsMax: {
    default: 20,
    min: 1,
    max: 1000,
    meaning: 'calls of one refund that moved nothing, after which a person decides',
  },
  waitingMaxMs: {
    default: 3 * DAY_MS,
    min: MINUTE_MS,
    max: 90 * DAY_MS,
    meaning: 'a refund that waited this long goes to review',
  },
  verifyAgeMs: {
    default: HOUR_MS,
    min: 1000,
    max: 30 * DAY_MS,
    meaning: 'with verify: first, a reading of the payment older than this is taken again',
  },
} as const satisfies Readonly<Record<string, LimitRule>>;

/** The loop that publishes: section `relay` of the file. */
export const RELAY = {
  leaseMs: {
    default: 10_000,
    min: 1000,
    max: 600_000,
    meaning: 'how long a shard belongs to one relay; also how long a killed one delays its events',
  },
  sendTimeoutMs: {
    default: 5000,
    min: 100,
    max: 300_000,
    meaning: 'a send must be acknowledged within this, and starts only while more of the lease is left',
  },
  pollMs: { default: 500, min: 10, max: 60_000, meaning: 'safety net when no nudge came' },
} as const satisfies Readonly<Record<string, LimitRule>>;

/** The loop that seals the journal: section `sealer` of the file. */
export const SEALER = {
  everyMs: {
    default: 5000,
    min: 50,
    max: HOUR_MS,
    meaning: 'pause between seals; a change that is younger than the last one can be cut off unseen',
  },
  entriesMax: {
    default: 10_000,
    min: 100,
    max: 1_000_000,
    meaning: 'numbers of journal entries in one seal; a fault is found to within a seal',
  },
  leaseMs: {
    default: 30_000,
    min: 1000,
    max: 600_000,
    meaning: 'how long a sealer that was killed keeps the others waiting',
  },
} as const satisfies Readonly<Record<string, LimitRule>>;

export type Numbers<Rules> = { readonly [Name in keyof Rules]: number };
export type Limits = Numbers<typeof LIMITS>;
export type ExecutorLimits = Numbers<typeof EXECUTOR>;
export type RelayLimits = Numbers<typeof RELAY>;
export type SealerLimits = Numbers<typeof SEALER>;

/** Reads one section of numbers: the defaults, with what the file says on top. Unknown names and values out of range are faults. */
export function readNumbers<Rules extends Readonly<Record<string, LimitRule>>>(
  rules: Rules,
  section: unknown,
  path: string,
  findings: Findings,
): Numbers<Rules> {
  const numbers: Record<string, number> = {};
  for (const [name, rule] of Object.entries(rules)) numbers[name] = rule.default;
  if (section === undefined) return numbers as Numbers<Rules>;
  if (!isRecord(section)) {
    findings.fault(path, 'must be an object');
    return numbers as Numbers<Rules>;
  }
  for (const [name, value] of Object.entries(section)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      findings.fault(`${path}.${name}`, `unknown; ${suggestion(name, Object.keys(rules))}`);
    else if (fits(rule, value)) numbers[name] = value;
    else findings.fault(`${path}.${name}`, `must be ${range(rule)}`);
  }
  return numbers as Numbers<Rules>;
}

/** Rules between two numbers; each would otherwise show itself only in production. */
export function checkTogether(executor: ExecutorLimits, relay: RelayLimits, findings: Findings): void {
  if (executor.callTimeoutMs * 2 >= executor.leaseMs) {
    findings.fault(
      'executor.callTimeoutMs',
      'must be less than half of executor.leaseMs: an armed refund waits for one call at most and then calls itself, all under one claim',
    );
  }
  if (executor.retryFirstMs > executor.retryMaxMs) {
    findings.fault('executor.retryFirstMs', 'must not be above executor.retryMaxMs');
  }
  if (relay.sendTimeoutMs >= relay.leaseMs) {
    findings.fault(
      'relay.sendTimeoutMs',
      'must be less than relay.leaseMs: two relays could otherwise publish one shard at the same time',
    );
  }
}

function fits(rule: LimitRule, value: unknown): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (rule.fraction !== true && !Number.isInteger(value)) return false;
  return value >= rule.min && value <= rule.max;
}

function range(rule: LimitRule): string {
  return `${rule.fraction === true ? 'a number' : 'a whole number'} from ${String(rule.min)} to ${String(rule.max)}`;
}
