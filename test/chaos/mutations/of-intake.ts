import type { Mutation } from './mutation.ts';

const ACCEPT = 'libs/store/statements/accept';
const ABSORBED = 'on conflict (refund_id) do nothing returning refund_id';

/** Mistakes on the way from the topic into the store. */
export const INTAKE: readonly Mutation[] = [
  {
    name: 'duplicate-taken-again',
    does: 'a request that comes again is taken in again',
    breaks: 'twice',
    edits: [
      {
        file: ACCEPT,
        from: ABSORBED,
        to: 'on conflict (refund_id) do update set fingerprint = excluded.fingerprint returning refund_id',
      },
    ],
    // Without keys: with one, the provider itself would take the second for the first.
    trial: { provider: 'robokassa', stories: ['part'], refunds: 3, isRepeated: true },
    shows: /paid 2 times/,
  },
  {
    name: 'conflict-overwrites',
    does: 'a request with other content overwrites the one that is known under its id',
    breaks: 'badMessage',
    edits: [
      {
        file: ACCEPT,
        from: ABSORBED,
        to: `on conflict (refund_id) do update set fingerprint = excluded.fingerprint
    where refund_id.fingerprint <> excluded.fingerprint returning refund_id`,
      },
    ],
    trial: { provider: 'razorpay', stories: ['conflicting-amount'], refunds: 3 },
    shows: /conflicting-amount\): no dead letter/,
  },
  {
    name: 'conflict-absorbed',
    does: 'a request with other content is taken for a repetition',
    breaks: 'badMessage',
    edits: [
      {
        file: ACCEPT,
        from: 'where stored is distinct from fingerprint)',
        to: 'where stored is null)',
      },
      {
        file: ACCEPT,
        from: "when stored = fingerprint then 'duplicate' else 'conflict' end",
        to: "else 'duplicate' end",
      },
    ],
    trial: { provider: 'razorpay', stories: ['conflicting-amount'], refunds: 3 },
    shows: /conflicting-amount\): no dead letter/,
  },
  {
    name: 'offset-before-rows',
    does: 'offsets are committed before the rows are written, and read back from the group',
    breaks: 'lost',
    edits: [
      {
        file: 'libs/bus/embedded/embedded-reader',
        from: 'await onBatch(batch, partition.signal);',
        to: 'await ownership.advance(partition, next); await onBatch(batch, partition.signal);',
      },
      {
        file: 'libs/bus/embedded/ownership',
        from: 'const ours = stored === undefined ? inGroup : (position?.next ?? null);',
        to: 'const ours = inGroup;',
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['full'],
      refunds: 4,
      incident: { kind: 'kill', at: 'intake.read' },
      overWithinMs: 6000,
    },
    shows: /not in the store/,
  },
  {
    name: 'unwritten-batch-taken',
    does: 'a batch that could not be written counts as written, and the store does not compare where it stands',
    breaks: 'lost',
    edits: [
      {
        file: 'libs/processing/intake/intake',
        from: 'await this.takeRange(batch, records, first, next);\n',
        to: `await (globalThis.hasFailed ? this.takeRange(batch, records, first, next) : Promise.reject(new Error('away'))).catch(() => {
          globalThis.hasFailed = true;
        });\n`,
      },
      {
        file: ACCEPT,
        from: 'not exists (select from gate where next_offset <> $5::bigint) as yes',
        to: 'true as yes',
      },
      { file: ACCEPT, from: 'where o.next_offset = $5::bigint', to: 'where true' },
    ],
    trial: { provider: 'razorpay', stories: ['full'], refunds: 4, overWithinMs: 6000 },
    shows: /not in the store/,
  },
];
