import type { Cases, Feature } from './cases.ts';
import { eventually, HASTY_MS, sandboxIdIn } from './harness.ts';
import type { EchoField } from './provider-under-test.ts';
import { ACCEPTED } from './submit-cases.ts';

/** A fault of the way there or back, what it means, and how many refunds the provider booked all the same. */
type FaultRow = readonly [string, Readonly<Record<string, unknown>>, object, number, boolean];

const FAULTS: readonly FaultRow[] = [
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
];

const WRONG_ECHOES: readonly (readonly [EchoField, string])[] = [
  ['amount', 'an answer with another amount'],
  ['currency', 'an answer in another currency'],
  ['payment', 'an answer about another payment'],
];

export function transportCases(cases: Cases): void {
  for (const row of FAULTS) addFault(cases, row, []);
  for (const [echo, what] of WRONG_ECHOES) {
    const expected = { kind: 'unknown', phase: 'mismatch' };
    addFault(cases, [what, { mode: 'wrong-echo', echo }, expected, 1, false], [`createEcho.${echo}`]);
  }
  abortedCases(cases);
  lateCases(cases);
}

function addFault(cases: Cases, row: FaultRow, needs: readonly Feature[]): void {
  const [what, fault, expected, booked, hasty] = row;
  cases.add(`${what} leaves the refund unknown, after one call`, needs, async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    await harness.admin.plantFault({ operation: 'create', count: 1, ...fault });
    expect(await harness.submit(attempt, { hasty })).toMatchObject(expected);
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(booked);
    // A redirect that is followed, or a retry, would be a second one.
    expect(await harness.callsSeen('create')).toBe(1);
  });
}

function abortedCases(cases: Cases): void {
  cases.add('an abort after the call has left leaves the refund unknown', [], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    await harness.admin.plantFault({ operation: 'create', mode: 'delay', delayMs: 2000, count: 1 });
    const controller = new AbortController();
    const pending = harness.submit(attempt, { signal: controller.signal });
    while ((await harness.callsSeen('create')) === 0) await new Promise((resume) => setImmediate(resume));
    controller.abort();
    expect(await pending).toMatchObject({ kind: 'unknown', phase: 'waiting' });
  });

  cases.add('an abort before the call leaves nothing', [], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    const outcome = await harness.submit(attempt, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: 'notApplied', because: 'notSent' });
    expect(await harness.callsSeen('create')).toBe(0);
  });

  cases.add('a refused connection leaves nothing, and the same attempt may go again', [], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    const account = cases.subject.account('http://127.0.0.1:1');
    expect(await harness.submit(attempt, { account })).toMatchObject({
      kind: 'notApplied',
      because: 'notSent',
    });
    expect(await harness.submit(attempt)).toMatchObject({ kind: ACCEPTED });
  });
}

function lateCases(cases: Cases): void {
  const late = { operation: 'create', mode: 'delay', delayMs: 4 * HASTY_MS, count: 1 };

  cases.add(
    'an answer that comes too late is not lost: a look-up finds the refund',
    ['lookUpByReference'],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault(late);
      expect(await harness.submit(attempt, { hasty: true })).toMatchObject({ kind: 'unknown' });
      const [booked] = (await harness.admin.booked(attempt.paymentId)).refunds;
      expect(await harness.lookUp(attempt)).toMatchObject({
        kind: 'found',
        outcome: { kind: ACCEPTED, providerRefundId: booked?.id },
      });
    },
  );

  cases.add(
    'the same attempt again, while the first call still runs, is one refund',
    ['sameKey'],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault(late);
      expect(await harness.submit(attempt, { hasty: true })).toMatchObject({ kind: 'unknown' });
      // Refused as busy, or answered with the refund of the first call; never a second refund.
      const outcome = await eventually(
        async () => await harness.submit(attempt),
        ({ kind }) => kind !== 'notApplied',
      );
      const { refunds } = await harness.admin.booked(attempt.paymentId);
      expect(refunds).toMatchObject([{ id: sandboxIdIn(outcome) }]);
    },
  );
}
