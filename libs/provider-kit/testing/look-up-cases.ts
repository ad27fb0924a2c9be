import { ECHO_FIELDS, type Cases, type Feature } from './cases.ts';
import { eventually, HASTY_MS, idIn, sandboxIdIn, withIdOf, type Harness } from './harness.ts';
import { ACCEPTED } from './submit-cases.ts';

/** Every provider has settled an ordinary refund after this long. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** A submitted attempt whose answer was lost on the way back. */
async function lost(harness: Harness, amount = '500.00') {
  const attempt = await harness.attempt(await harness.payment(), amount);
  await harness.admin.plantFault({ operation: 'create', mode: 'drop-after-process', count: 1 });
  expect(await harness.submit(attempt)).toMatchObject({ kind: 'unknown' });
  return attempt;
}

/** A submitted attempt as the store knows it afterwards: found by id where the provider has no other way. */
async function known(harness: Harness, by: 'id' | 'reference') {
  const attempt = await harness.attempt(await harness.payment(), '500.00');
  const outcome = await harness.submit(attempt);
  return by === 'id' ? withIdOf(attempt, outcome) : attempt;
}

/** A submitted attempt that waits at the bank, and its id there. */
async function waiting(harness: Harness) {
  await harness.admin.setBehaviour(harness.subject.staysPending ?? {});
  const attempt = await harness.attempt(await harness.payment(), '500.00');
  const outcome = await harness.submit(attempt);
  expect(outcome).toMatchObject({ kind: 'pending' });
  return { attempt: withIdOf(attempt, outcome), sandboxId: sandboxIdIn(outcome) };
}

export function lookUpCases(cases: Cases): void {
  cases.add('after a lost answer it is found by our reference', ['lookUpByReference'], async (harness) => {
    const attempt = await lost(harness);
    const [booked] = (await harness.admin.booked(attempt.paymentId)).refunds;
    expect(await harness.lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: ACCEPTED, providerRefundId: booked?.id },
    });
  });

  cases.add(
    'it is found by any reference of the refund, an earlier attempt included',
    ['lookUpByReference'],
    async (harness) => {
      const attempt = await lost(harness);
      const second = {
        ...attempt,
        attemptNo: 2,
        reference: 'rr_other',
        references: [...attempt.references, 'rr_other'],
      };
      expect(await harness.lookUp(second)).toMatchObject({ kind: 'found', outcome: { kind: ACCEPTED } });
    },
  );

  cases.add(
    'what never arrived is absent, as of a moment of this look-up',
    ['lookUpByReference'],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault({ operation: 'create', mode: 'drop-before-process', count: 1 });
      await harness.submit(attempt);
      const startedAtMs = Date.now();
      const result = await harness.lookUp(attempt);
      if (result.kind !== 'absent') throw new Error(`not absent: ${JSON.stringify(result)}`);
      expect(result.asOfMs).toBeGreaterThanOrEqual(startedAtMs);
      expect(result.asOfMs).toBeLessThanOrEqual(Date.now());
    },
  );

  cases.add(
    'it is still absent when it can no longer be hidden, and the same attempt then books it once',
    ['lookUpByReference', 'sameKey'],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault({ operation: 'create', mode: 'drop-before-process', count: 1 });
      await harness.submit(attempt);
      await harness.admin.advanceClock(cases.subject.capabilities.visibilityDelayMs);
      expect(await harness.lookUp(attempt)).toMatchObject({ kind: 'absent' });
      const outcome = await harness.submit(attempt);
      expect(outcome).toMatchObject({ kind: ACCEPTED });
      expect(await harness.lookUp(attempt)).toMatchObject({
        kind: 'found',
        outcome: { providerRefundId: idIn(outcome) },
      });
      expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(1);
    },
  );

  amongOthersCases(cases);
  laterCases(cases);
  doubtfulCases(cases);
}

function amongOthersCases(cases: Cases): void {
  const ownFound = (submitted: object): object =>
    cases.subject.ownReferenceLookUp === 'perhaps'
      ? { kind: 'ambiguous', perhaps: { providerRefundIds: [idIn(submitted)] } }
      : { kind: 'found', outcome: { providerRefundId: idIn(submitted) } };

  cases.add(
    'of two refunds of one amount each look-up finds its own',
    ['lookUpByReference', 'partials'],
    async (harness) => {
      const paymentId = await harness.payment();
      const attempts = [
        await harness.attempt(paymentId, '100.00'),
        await harness.attempt(paymentId, '100.00'),
      ];
      for (const attempt of attempts) {
        const submitted = await harness.submit(attempt);
        expect(await harness.lookUp(attempt)).toMatchObject({
          kind: 'found',
          outcome: { providerRefundId: idIn(submitted) },
        });
      }
    },
  );

  cases.add(
    "it is found where the caller's own text took the reference's place",
    ['lookUpByReference', 'ownReference', 'partials'],
    async (harness) => {
      const paymentId = await harness.payment();
      await harness.submit(await harness.attempt(paymentId, '100.00'));
      const attempt = await harness.attempt(paymentId, '100.00', 'Receipt No. 31');
      const submitted = await harness.submit(attempt);
      expect(submitted).toMatchObject({ kind: ACCEPTED });
      expect(await harness.lookUp(attempt)).toMatchObject(ownFound(submitted));
    },
  );

  cases.add(
    "of two refunds of one amount with the caller's own texts, none is taken for the other",
    ['lookUpByReference', 'ownReference', 'partials'],
    async (harness) => {
      const paymentId = await harness.payment();
      const first = await harness.attempt(paymentId, '100.00', 'Receipt No. 31');
      const second = await harness.attempt(paymentId, '100.00', 'Receipt No. 32');
      const submitted = [await harness.submit(first), await harness.submit(second)];
      for (const [index, attempt] of [first, second].entries()) {
        expect(await harness.lookUp(attempt)).toMatchObject(ownFound(submitted[index] ?? {}));
      }
      expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(2);
    },
  );
}

function laterCases(cases: Cases): void {
  cases.add('a refund that the bank takes later is found as succeeded', ['lookUpById'], async (harness) => {
    const { attempt, sandboxId } = await waiting(harness);
    expect(await harness.lookUp(attempt)).toMatchObject({ kind: 'found', outcome: { kind: 'pending' } });
    await harness.admin.change(sandboxId, 'settle');
    const result = await eventually(
      async () => await harness.lookUp(attempt),
      (found) => found.kind === 'found' && found.outcome.kind === 'succeeded',
    );
    expect(result).toMatchObject({ outcome: { providerRefundId: attempt.providerRefundId } });
  });

  cases.add('a refund that the bank refuses later is found as declined', ['lookUpById'], async (harness) => {
    const { attempt, sandboxId } = await waiting(harness);
    const { laterRefusal = 'fail', laterRefused = { kind: 'declined' } } = cases.subject;
    await harness.admin.change(sandboxId, laterRefusal);
    expect(await harness.lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { ...laterRefused, providerRefundId: attempt.providerRefundId },
    });
  });

  cases.add('a refund that nobody stops completes by itself', ['lookUpById'], async (harness) => {
    const attempt = await known(harness, 'id');
    await harness.admin.advanceClock(DAY_MS);
    await eventually(
      async () => await harness.lookUp(attempt),
      (found) => found.kind === 'found' && found.outcome.kind === 'succeeded',
    );
  });

  const reversed = ['lookUpById', 'reversals'] as const;
  cases.add('money that comes back after success is found as declined', reversed, async (harness) => {
    const { attempt, sandboxId } = await waiting(harness);
    await harness.admin.change(sandboxId, 'settle');
    await eventually(
      async () => await harness.lookUp(attempt),
      (found) => found.kind === 'found' && found.outcome.kind === 'succeeded',
    );
    await harness.admin.change(sandboxId, 'reverse');
    expect(await harness.lookUp(attempt)).toMatchObject({ kind: 'found', outcome: { kind: 'declined' } });
  });
}

/** A look-up that went wrong has learnt nothing. Taking any of these for absent could pay a refund twice. */
const DOUBTFUL: readonly (readonly [string, Readonly<Record<string, unknown>>, object, boolean])[] = [
  ['a connection cut', { mode: 'drop-before-process' }, { because: 'noAnswer' }, false],
  ['status 500', { mode: 'status', status: 500 }, { because: 'noAnswer' }, false],
  ['a gateway page', { mode: 'html-502' }, { because: 'noAnswer' }, false],
  ['half an answer', { mode: 'malformed' }, { because: 'noAnswer' }, false],
  ['a redirect', { mode: 'redirect' }, { because: 'noAnswer' }, false],
  ['a status that nobody documented', { mode: 'status', status: 418 }, { because: 'noAnswer' }, false],
  [
    'too many calls',
    { mode: 'rate-limit', retryAfterMs: 7000 },
    { because: 'rateLimited', retryAfterMs: 7000 },
    false,
  ],
  ['a deadline that passes', { mode: 'delay', delayMs: 4 * HASTY_MS }, { because: 'noAnswer' }, true],
  [
    'a body that does not end in time',
    { mode: 'slow-body', delayMs: 8 * HASTY_MS },
    { because: 'noAnswer' },
    true,
  ],
];

function doubtfulCases(cases: Cases): void {
  for (const by of ['reference', 'id'] as const) {
    const needs: readonly Feature[] = [by === 'id' ? 'lookUpById' : 'lookUpByReference'];
    for (const [what, fault, expected, hasty] of DOUBTFUL) {
      cases.add(`${what} is no answer to a look-up by ${by}`, needs, async (harness) => {
        const attempt = await known(harness, by);
        await harness.admin.plantFault({ operation: 'lookup', count: 1, ...fault });
        expect(await harness.lookUp(attempt, { hasty })).toMatchObject({ kind: 'unavailable', ...expected });
      });
    }

    cases.add(
      `wrong credentials are no answer to a look-up by ${by}`,
      [...needs, 'lookUpIsAuthenticated'],
      async (harness) => {
        const attempt = await known(harness, by);
        const account = cases.subject.wrongAccount(harness.sandboxUrl);
        expect(await harness.lookUp(attempt, { account })).toMatchObject({
          kind: 'unavailable',
          because: 'credentials',
        });
      },
    );

    for (const echo of ECHO_FIELDS) {
      cases.add(
        `a look-up by ${by} that shows another ${echo} completes nothing`,
        [...needs, `lookUpEcho.${echo}`],
        async (harness) => {
          const attempt = await known(harness, by);
          await harness.admin.plantFault({ operation: 'lookup', mode: 'wrong-echo', echo, count: 1 });
          expect(await harness.lookUp(attempt)).toMatchObject({
            kind: 'found',
            outcome: { kind: 'unknown', phase: 'mismatch' },
          });
        },
      );
    }
  }
}
