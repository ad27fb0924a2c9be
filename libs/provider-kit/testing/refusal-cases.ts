import type { Cases } from './cases.ts';

export function refusalCases(cases: Cases): void {
  const { subject } = cases;
  const { outcomes } = subject;

  cases.add(
    'too many calls: nothing is booked, and the pause that the provider asks for is kept',
    [],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      await harness.admin.plantFault({
        operation: 'create',
        mode: 'rate-limit',
        retryAfterMs: 7000,
        count: 1,
      });
      expect(await harness.submit(attempt)).toMatchObject(outcomes.rateLimited);
      expect((await harness.admin.booked(attempt.paymentId)).refunds).toEqual([]);
    },
  );

  cases.add('wrong credentials move nothing', [], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    const account = subject.wrongAccount(harness.sandboxUrl);
    expect(await harness.submit(attempt, { account })).toMatchObject(outcomes.wrongCredentials);
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toEqual([]);
  });

  cases.add('a balance that does not cover it moves nothing', ['balance'], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    await harness.admin.setBehaviour(subject.emptyBalance ?? {});
    expect(await harness.submit(attempt)).toMatchObject({ kind: 'notApplied', because: 'balance' });
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toEqual([]);
  });

  cases.add('a payment that does not exist', ['unreadablePayments'], async (harness) => {
    const attempt = await harness.attempt(subject.unknownPaymentId, '500.00');
    expect(await harness.submit(attempt)).toMatchObject(outcomes.notFound ?? {});
  });

  cases.add('a payment that is not captured', ['uncapturedAttempts'], async (harness) => {
    const paymentId = await harness.payment('500.00', subject.notCaptured.fields);
    const attempt = await harness.attempt(paymentId, '500.00');
    expect(await harness.submit(attempt)).toMatchObject(outcomes.notCaptured ?? {});
    expect((await harness.admin.booked(paymentId)).refunds).toEqual([]);
  });

  cases.add('a payment that was refunded in full', [], async (harness) => {
    const paymentId = await harness.payment('500.00');
    const first = await harness.attempt(paymentId, '500.00');
    const second = await harness.attempt(paymentId, '500.00');
    await harness.submit(first);
    expect(await harness.submit(second)).toMatchObject(outcomes.fullyRefunded);
    expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(1);
  });

  declineCases(cases);

  for (const { httpStatus, words, outcome } of subject.refusals) {
    cases.add(`status ${String(httpStatus)} with "${words}"`, [], async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      const fault = { mode: 'status', status: httpStatus, description: words };
      await harness.admin.plantFault({ operation: 'create', count: 1, ...fault });
      expect(await harness.submit(attempt)).toMatchObject(outcome);
    });
  }
}

function declineCases(cases: Cases): void {
  const { declines = [] } = cases.subject;
  if (declines.length === 0) {
    cases.add(
      'a refund that the bank refuses at once is declined',
      ['declinesAtOnce'],
      async () => undefined,
    );
  }
  for (const decline of declines) {
    const { what, paymentAmount, paymentFields, behaviour, amount, outcome } = decline;
    cases.add(`${what} is declined and counts for nothing`, ['declinesAtOnce'], async (harness) => {
      if (behaviour !== undefined) await harness.admin.setBehaviour(behaviour);
      const paymentId = await harness.payment(paymentAmount, paymentFields);
      expect(await harness.submit(await harness.attempt(paymentId, amount))).toMatchObject(outcome);
      const { refunded, inFlight } = await harness.admin.booked(paymentId);
      expect([Number(refunded), Number(inFlight)]).toEqual([0, 0]);
    });
  }
}
