import type { Edit } from './edits.ts';
import type { Mutation, Trial } from './mutation.ts';

const SUBMISSION = 'libs/processing/executor/submission';
const SETTLEMENT = 'libs/processing/executor/settlement';

const FENCE_COMPARES_NOTHING: Edit = {
  file: 'libs/store/statements/fence',
  from: 'where p.lease_token = i.token and p.lease_until > now() and p.version = i.version order',
  to: 'where true order',
};

/** A processor stands still at a point until another has done its work, and then goes on as if nothing had happened. */
function overtaken(
  provider: Trial['provider'],
  at: NonNullable<Trial['incident']>['at'],
  more: Partial<Trial> = {},
): Trial {
  return { provider, stories: ['part'], refunds: 3, incident: { kind: 'stall', at, passMax: 3 }, ...more };
}

/** Mistakes between the claim of a refund and its written outcome. */
export const EXECUTOR: readonly Mutation[] = [
  {
    name: 'unknown-is-failed',
    does: 'a call without a readable answer fails the refund',
    breaks: 'unknown',
    edits: [
      {
        file: 'libs/refund/settle',
        from: "return change('unknown');",
        to: `return { kind: 'change', to: 'failed', reviewReason: null,
          failure: { kind: 'declined', code: 'NO_ANSWER', message: phase, actBy: 'nobody', mayRequestAgain: true } };`,
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['full'],
      refunds: 4,
      faults: [{ operation: 'create', mode: 'drop-after-process', probability: 1, count: 2 }],
    },
    shows: /failed, but \S+ is booked/,
  },
  {
    name: 'new-key-for-each-call',
    does: 'an attempt that is sent again gets another key',
    breaks: 'twice',
    edits: [
      {
        file: 'libs/provider-braintree/submit',
        from: 'body: attempt.content,',
        to: String.raw`body: attempt.content.replace(/"api_request_key":"[^"]*"/, '"api_request_key":"rk_' + String(Math.random()).slice(2) + '"'),`,
      },
    ],
    trial: overtaken('braintree', 'executor.sending'),
    shows: /paid 2 times|booked for none of ours/,
  },
  {
    name: 'no-fence',
    does: 'an attempt without a key is sent without its fence',
    breaks: 'twice',
    edits: [
      {
        file: SUBMISSION,
        from: 'attempt.key === null && !(await this.fence(standing, attempt, leased))',
        to: 'false',
      },
    ],
    trial: overtaken('robokassa', 'executor.sending'),
    shows: /paid 2 times/,
  },
  {
    name: 'fence-and-clock-not-compared',
    does: 'the fence compares neither lease nor version, and the worker does not ask its own clock',
    breaks: 'twice',
    edits: [
      FENCE_COMPARES_NOTHING,
      {
        file: SUBMISSION,
        from: 'performance.now() + this.options.callTimeoutMs > leased.endsAtMs)',
        to: 'false)',
      },
      {
        file: SUBMISSION,
        from: 'return fenced && !outlasted && nowMs - askedAtMs <= this.options.sendWithinMs;',
        to: 'return fenced;',
      },
    ],
    trial: overtaken('robokassa', 'executor.armed'),
    shows: /paid 2 times/,
  },
  {
    name: 'lease-and-fence-not-compared',
    does: 'what another worker has leased is claimed all the same, and the fence compares neither lease nor version',
    breaks: 'twice',
    edits: [
      FENCE_COMPARES_NOTHING,
      { file: 'libs/store/statements/claim', from: 'p.lease_until < now() and ', to: '' },
    ],
    // Long, so that the worker's own clock has nothing to say.
    trial: overtaken('robokassa', 'executor.armed', { executorLeaseMs: 25_000 }),
    shows: /paid 2 times/,
  },
  {
    name: 'fenced-sent-again',
    does: 'an attempt without a key whose worker died after its fence counts as not sent',
    breaks: 'twice',
    edits: [
      {
        file: SUBMISSION,
        from: "claimed.state === 'submitting' && isUnfenced(claimed)",
        to: "claimed.state === 'submitting' && claimed.attempt?.key === null",
      },
    ],
    trial: {
      provider: 'robokassa',
      stories: ['part'],
      refunds: 3,
      incident: { kind: 'kill', at: 'executor.answered', passMax: 2 },
    },
    shows: /paid 2 times/,
  },
  {
    name: 'reservation-released-on-timeout',
    does: 'a refund whose answer was lost holds nothing any more',
    breaks: 'captured',
    edits: [
      {
        file: SETTLEMENT,
        from: "release: reserves(to) ? '0' : view.held,",
        to: "release: reserves(to) && to !== 'unknown' ? '0' : view.held,",
      },
      {
        file: SETTLEMENT,
        from: "held: reserves(to) ? view.held : '0',",
        to: "held: reserves(to) && to !== 'unknown' ? view.held : '0',",
      },
    ],
    trial: {
      provider: 'robokassa',
      stories: ['part'],
      refunds: 3,
      faults: [{ operation: 'create', mode: 'drop-after-process', probability: 1, count: 1 }],
    },
    shows: /is (review|unknown) and holds 0 of/,
  },
  {
    name: 'over-refund-not-compared',
    does: 'arming does not compare the amount with what is left',
    breaks: 'captured',
    edits: [
      // eslint-disable-next-line no-template-curly-in-string
      { file: 'libs/store/statements/arm', from: '> 0 and i.sum <= ${LEFT} and', to: '> 0 and' },
    ],
    trial: { provider: 'razorpay', stories: ['more-than-captured', 'too-much-together'], refunds: 6 },
    shows: /has given or promised more|planned to be rejected/,
  },
  {
    name: 'elsewhere-not-counted',
    does: 'what was given back elsewhere is not taken off what is left',
    breaks: 'captured',
    edits: [
      {
        file: 'libs/store/statements/arm',
        from: 'else greatest(0, i.refunded - p.completed - p.reserved) end,',
        to: 'else 0 end,',
      },
      {
        file: 'libs/store/statements/arm',
        from: 'else greatest(0, i.refunded - p.completed - p.reserved) end)',
        to: 'else 0 end)',
      },
    ],
    trial: { provider: 'razorpay', stories: ['full'], refunds: 1, hasCrowd: true },
    shows: /failed, and not because it did not fit/,
  },
  {
    name: 'late-answer-dropped',
    does: 'an answer that comes when the lease is another’s is not decided again',
    breaks: 'answer',
    edits: [
      {
        file: 'libs/processing/executor/settler',
        from: 'standing = await this.readAgain(standing);',
        to: 'return unchanged;',
      },
    ],
    trial: overtaken('robokassa', 'executor.answered'),
    shows: /in review for a lost answer, but its call log has it/,
  },
  {
    name: 'version-and-sums-not-compared',
    does: 'an outcome is written without comparing the version of its payment, and sums may fall below zero',
    breaks: 'commit',
    edits: [
      {
        file: 'libs/store/statements/settle',
        from: 'p.version = o.version and (o.token',
        to: '(o.token',
      },
    ],
    trial: overtaken('razorpay', 'lookUp.answered', {
      stories: ['full'],
      faults: [{ operation: 'create', mode: 'drop-after-process', probability: 1, count: 3 }],
      withoutConstraint: 'payment_check',
    }),
    shows: /and has 2 results/,
  },
  {
    name: 'entry-without-event',
    does: 'an entry of the journal is written without its row for the relay',
    breaks: 'commit',
    edits: [
      {
        file: 'libs/store/statements/settle',
        from: 'from refunds where publish),',
        to: "from refunds where publish and state <> 'pending'),",
      },
    ],
    trial: { provider: 'braintree', stories: ['part'], refunds: 3 },
    shows: /never published/,
  },
  {
    name: 'chain-starts-anew',
    does: 'an entry’s hash does not cover the one before it',
    breaks: 'commit',
    edits: [
      { file: 'libs/store/statements/settle', from: 'sha256(r.hash || w.digest)', to: 'sha256(w.digest)' },
    ],
    trial: { provider: 'razorpay', stories: ['full'], refunds: 2 },
    shows: /breaks its chain/,
  },
];
