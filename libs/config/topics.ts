import { isRecord, unknownKeys } from './document.ts';
import type { Findings } from './faults.ts';

/** Topic names. `deadLetters` takes what cannot be handled; `acknowledged` what consumers of the results say they have. */
export interface Topics {
  readonly requested: string;
  readonly results: string;
  readonly status: string;
  readonly deadLetters: string;
  readonly acknowledged: string;
  readonly seals: string;
}

const DEFAULTS: Topics = {
  requested: 'refunds.requested.v1',
  results: 'refunds.results.v1',
  status: 'refunds.status.v1',
  deadLetters: 'refunds.requested.v1.dlq',
  acknowledged: 'refunds.acknowledged.v1',
  seals: 'refunds.seals.v1',
};
const NAMES = ['requested', 'results', 'status', 'deadLetters', 'acknowledged', 'seals'] as const;

/** Reads the file's section `topics`. Without names of their own, the topics of dead letters and seals follow that of the requests. */
export function readTopics(section: unknown, findings: Findings): Topics {
  if (section === undefined) return DEFAULTS;
  if (!isRecord(section)) {
    findings.fault('topics', 'must be an object');
    return DEFAULTS;
  }
  unknownKeys(section, NAMES, 'topics', findings);
  const given: Partial<Record<(typeof NAMES)[number], string>> = {};
  for (const name of NAMES) {
    const value = section[name];
    if (value === undefined) continue;
    // What Kafka accepts: 249 characters leave room for the partition's number in the name of its directory.
    if (typeof value === 'string' && /^[A-Za-z0-9._-]{1,249}$/.test(value)) given[name] = value;
    else findings.fault(`topics.${name}`, 'must be 1 to 249 letters, digits, ., _ or -');
  }
  const requested = given.requested ?? DEFAULTS.requested;
  const seals = given.requested === undefined ? DEFAULTS.seals : `${given.requested}.seals`;
  const topics = { ...DEFAULTS, deadLetters: `${requested}.dlq`, seals, ...given };
  if (new Set(Object.values(topics)).size < NAMES.length) {
    findings.fault('topics', 'two of them have one name');
  }
  return topics;
}

/** A topic as it is created where it is missing. `config` uses Kafka's own names. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Above Kafka's default of 1 MiB for the topic of the requests: a dead letter carries the original bytes and headers plus its own, and one
 * that did not fit would have no place to go.
 */
const DEAD_LETTER_BYTES_MAX = 2_097_152;

/** The topics as this release wants them. Seals have one partition, which is their order, and are kept for as long as the journal. */
export function topicPlans(topics: Topics, partitions: number): readonly TopicPlan[] {
  return [
    { topic: topics.requested, partitions, config: {} },
    { topic: topics.results, partitions, config: {} },
    { topic: topics.status, partitions, config: { 'cleanup.policy': 'compact' } },
    {
      topic: topics.deadLetters,
      partitions,
      config: { 'max.message.bytes': String(DEAD_LETTER_BYTES_MAX) },
    },
    { topic: topics.acknowledged, partitions, config: {} },
    { topic: topics.seals, partitions: 1, config: { 'retention.ms': '-1' } },
  ];
}
