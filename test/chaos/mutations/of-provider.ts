import type { Mutation } from './mutation.ts';

/** Mistakes in what is made of a provider's answers, look-ups and webhooks. */
export const PROVIDER: readonly Mutation[] = [
  {
    name: 'absent-is-failed',
    does: 'a refund that a look-up does not show fails at once',
    breaks: 'unknown',
    edits: [
      {
        file: 'libs/refund/what-next',
        from: "return { kind: 'resend' };",
        to: `return { kind: 'decide', outcome: { kind: 'declined', code: 'NOT_FOUND', text: 'not found', actBy: 'nobody',
          mayRequestAgain: true, providerRefundId: null, readingStale: false } };`,
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['part'],
      refunds: 3,
      incident: { kind: 'stall', at: 'executor.sending', passMax: 3 },
    },
    shows: /failed, but \S+ is booked/,
  },
  {
    name: 'answer-not-compared',
    does: 'an answer is not compared with the request',
    breaks: 'evidence',
    edits: [
      {
        file: 'libs/provider-kit/answer-check',
        from: 'const wrong = echoes.filter(({ expected, answered }) => expected !== answered);',
        to: 'const wrong = echoes.filter(() => false);',
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['part'],
      refunds: 4,
      faults: [{ operation: 'create', mode: 'wrong-echo', probability: 1, count: 3 }],
    },
    shows: /believed an answer about/,
  },
  {
    name: 'redirect-followed',
    does: 'a redirected call is sent again to where it was redirected',
    breaks: 'evidence',
    edits: [
      {
        file: 'libs/provider-kit/http/open-exchange',
        from: 'this.#response = response;',
        to: `if (response.statusCode === 307) {
            response.resume();
            this.#request = this.#start();
            this.#request.on('error', (error) => this.#fail(error.code));
            this.#request.on('response', (answer) => this.#answer(answer));
            this.#request.end(this.#call.body ?? undefined);
            return;
        }
        this.#response = response;`,
      },
    ],
    trial: {
      provider: 'robokassa',
      stories: ['part'],
      refunds: 3,
      faults: [{ operation: 'create', mode: 'redirect', probability: 1, count: 1 }],
    },
    shows: /redirected \d+ calls, the call log has 0/,
  },
  {
    name: 'accepted-is-paid',
    does: 'a refund that the provider has only accepted counts as paid',
    breaks: 'evidence',
    edits: [
      {
        file: 'libs/provider-razorpay/status-table',
        from: "pending: 'pending',",
        to: "pending: 'succeeded',",
      },
    ],
    trial: { provider: 'razorpay', stories: ['refused-by-the-bank', 'settled-by-the-bank'], refunds: 4 },
    shows: /is reversed and has 2 results|planned to end failed, but is completed/,
  },
  {
    name: 'webhook-trusted',
    does: 'a webhook itself changes the state of the refund that it names',
    breaks: 'evidence',
    edits: [
      {
        file: 'libs/store/statements/take-webhooks',
        from: 'hinted as (',
        to: `trusted as (
  update refundry.refund r set state = 'completed', held = 0 from owned o
  where o.payment_no = r.payment_no and o.ordinal = r.ordinal and o.shows = 'succeeded' and r.state = 'pending'),
hinted as (`,
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['settled-by-the-bank'],
      refunds: 4,
      // For a while nothing but the webhooks tells.
      faults: [{ operation: 'lookup', mode: 'status', status: 500, probability: 1, count: 25 }],
      overWithinMs: 6000,
    },
    shows: /is completed, its journal ends in pending/,
  },
];
