import type { Cases } from './cases.ts';
import { HASTY_MS } from './harness.ts';
import { ACCEPTED } from './submit-cases.ts';

/** A fault of the way there or back, what it means, and how many refunds the provider booked all the same. */
const FAULTS: readonly (readonly [string, Readonly<Record<string, unknown>>, object, number, boolean])[] = [
  [
    'a deadline that passes before the provider has processed it',
    { mode: 'drop-before-process', delayMs: 4 * HASTY_MS },
    { kind: 'unknown', phase: 'waiting' },
    0,
    true,
  ],
  [
    'a deadline that passes after the provider has processed it',
    { mode: 'delay', delayMs: 4 * HASTY_MS },
    { kind: 'unknown', phase: 'waiting' },
    1,
    true,
  ],
  ['a connection cut before processing', { mode: 'drop-before-process' }, { kind: 'unknown' }, 0, false],
  ['a connection cut after processing', { mode: 'drop-after-process' }, { kind: 'unknown' }, 1, false],
  ['status 500', { mode: 'status', status: 500 }, { kind: 'unknown', phase: 'serverError' }, 0, false],
  ['status 503', { mode: 'status', status: 503 }, { kind: 'unknown', phase: 'serverError' }, 0, false],
  ['status 504', { mode: 'status', status: 504 }, { kind: 'unknown', phase: 'serverError' }, 0, false],
  [
    'a gateway page with status 502',
    { mode: 'html-502' },
    { kind: 'unknown', phase: 'serverError' },
    0,
    false,
  ],
  ['half an answer', { mode: 'malformed' }, { kind: 'unknown', phase: 'unreadable' }, 1, false],
  [
    'an answer whose body does not end in time',
    { mode: 'slow-body', delayMs: 8 * HASTY_MS },
    { kind: 'unknown', phase: 'unreadable' },
    1,
    true,
  ],
  ['a redirect', { mode: 'redirect' }, { kind: 'unknown', phase: 'redirect' }, 0, false],
  [
    'a status that nobody documented',
    { mode: 'status', status: 418 },
    { kind: 'unknown', phase: 'unlisted' },
    0,
    false,
  ],
  [
    'an answer with another amount',
    { mode: 'wrong-echo', echo: 'amount' },
    { kind: 'unknown', phase: 'mismatch' },
    1,
    false,
  ],
  [
    'an answer in another currency',
    { mode: 'wrong-echo', echo: 'currency' },
    { kind: 'unknown', phase: 'mismatch' },
    1,
    false,
  ],
  [
    'an answer about another payment',
    { mode: 'wrong-echo', echo: 'payment' },
    { kind: 'unknown', phase: 'mismatch' },
    1,
    false,
  ],
];

export function transportCases(cases: Cases): void {
  for (const [what, fault, expected, booked, hasty] of FAULTS) {
    cases.add(`${what} leaves the refund unknown, after one call`, [], async (harness) => {
      const attempt = harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault({ operation: 'create', count: 1, ...fault });
      expect(await harness.submit(attempt, { hasty })).toMatchObject(expected);
      expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(booked);
      // A redirect that is followed, or a retry, would be a second one.
      expect(await harness.callsSeen('create')).toBe(1);
    });
  }

  cases.add('an abort after the call has left leaves the refund unknown', [], async (harness) => {
    const attempt = harness.attempt(await harness.payment(), '500.00');
    await harness.admin.plantFault({ operation: 'create', mode: 'delay', delayMs: 2000, count: 1 });
    const controller = new AbortController();
    const pending = harness.submit(attempt, { signal: controller.signal });
    while ((await harness.callsSeen('create')) === 0) await new Promise((resume) => setImmediate(resume));
    controller.abort();
    expect(await pending).toMatchObject({ kind: 'unknown', phase: 'waiting' });
  });

  cases.add('an abort before the call leaves nothing', [], async (harness) => {
    const attempt = harness.attempt(await harness.payment(), '500.00');
    const outcome = await harness.submit(attempt, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: 'notApplied', because: 'notSent' });
    expect(await harness.callsSeen('create')).toBe(0);
  });

  cases.add('a refused connection leaves nothing, and the same attempt may go again', [], async (harness) => {
    const attempt = harness.attempt(await harness.payment(), '500.00');
    const account = cases.subject.account('http://127.0.0.1:1');
    expect(await harness.submit(attempt, { account })).toMatchObject({
      kind: 'notApplied',
      because: 'notSent',
    });
    expect(await harness.submit(attempt)).toMatchObject({ kind: ACCEPTED });
  });
}
