import type { Cases } from './cases.ts';
import { eventually, idIn } from './harness.ts';

/** What a provider calls accepted: final at once, or under way. */
export const ACCEPTED: unknown = expect.stringMatching(/^(succeeded|pending)$/);

export function submitCases(cases: Cases): void {
  const { subject } = cases;

  cases.add('a full refund is accepted and booked once', [], async (harness) => {
    const paymentId = await harness.payment('500.00');
    const outcome = await harness.submit(harness.attempt(paymentId, '500.00'));
    expect(outcome).toMatchObject({ kind: ACCEPTED });
    expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([
      { id: idIn(outcome), amount: '500.00', currency: subject.currency },
    ]);
  });

  cases.add('a partial refund books exactly its amount', ['partials'], async (harness) => {
    const paymentId = await harness.payment('500.00');
    await harness.submit(harness.attempt(paymentId, '10.50'));
    expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([{ amount: '10.50' }]);
  });

  cases.add(
    'a second partial refund over the rest is refused and books nothing',
    ['partials'],
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      await harness.submit(harness.attempt(paymentId, '300.00'));
      const outcome = await harness.submit(harness.attempt(paymentId, '200.01'));
      expect(outcome).toMatchObject(subject.outcomes.overTheRest);
      expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(1);
    },
  );

  cases.add('the rest, computed from a reading, takes the payment to zero', ['partials'], async (harness) => {
    const paymentId = await harness.payment('500.00');
    await harness.submit(harness.attempt(paymentId, '123.45'));
    const answer = await harness.readPayment(paymentId);
    if (answer.kind !== 'read') throw new Error(`not read: ${answer.text}`);
    const rest = answer.reading.captured.minus(answer.reading.refundedTotal).toFixed(2);
    expect(await harness.submit(harness.attempt(paymentId, rest))).toMatchObject({ kind: ACCEPTED });
    expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([
      { amount: '123.45' },
      { amount: '376.55' },
    ]);
  });

  repeatedCases(cases);
}

function repeatedCases(cases: Cases): void {
  cases.add('the same attempt twice is one refund', ['sameKey'], async (harness) => {
    const attempt = harness.attempt(await harness.payment(), '500.00');
    const first = await harness.submit(attempt);
    const second = await harness.submit(attempt);
    expect(idIn(second)).toBe(idIn(first));
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(1);
  });

  cases.add('the same attempt again after a lost answer is one refund', ['sameKey'], async (harness) => {
    const attempt = harness.attempt(await harness.payment(), '500.00');
    await harness.admin.plantFault({ operation: 'create', mode: 'drop-after-process', count: 1 });
    expect(await harness.submit(attempt)).toMatchObject({ kind: 'unknown' });
    const outcome = await eventually(
      async () => await harness.submit(attempt),
      ({ kind }) => kind !== 'notApplied',
    );
    expect(outcome).toMatchObject({ kind: ACCEPTED });
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(1);
  });

  cases.add('two refunds of one amount are two', ['partials'], async (harness) => {
    const paymentId = await harness.payment('500.00');
    const first = await harness.submit(harness.attempt(paymentId, '100.00'));
    const second = await harness.submit(harness.attempt(paymentId, '100.00'));
    expect(idIn(second)).not.toBe(idIn(first));
    expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(2);
  });

  cases.add(
    'preparing is pure: the same question gives the same bytes, another attempt other ones',
    [],
    async (harness) => {
      const task = {
        refundId: 'rf_same',
        paymentId: await harness.payment(),
        amount: '10.00',
        currency: cases.subject.currency,
        orderId: null,
        reason: 'because',
        metadata: { private: 'stays here' },
        options: {},
        action: 'refund',
        paymentHandle: null,
      } as const;
      const first = harness.prepare(task, 1);
      const second = harness.prepare(task, 2);
      expect(harness.prepare(task, 1)).toEqual(first);
      expect(second.reference).not.toBe(first.reference);
      expect(first.key === null || first.key !== second.key).toBe(true);
      expect(first.content).not.toContain('stays here');
    },
  );
}
