import type { Cases } from './cases.ts';
import { eventually, idIn, sandboxIdIn } from './harness.ts';

/** What a provider calls accepted: final at once, or under way. */
export const ACCEPTED: unknown = expect.stringMatching(/^(succeeded|pending)$/);

export function submitCases(cases: Cases): void {
  const { subject } = cases;

  cases.add('a full refund is accepted and booked once', [], async (harness) => {
    const paymentId = await harness.payment('500.00');
    const outcome = await harness.submit(await harness.attempt(paymentId, '500.00'));
    expect(outcome).toMatchObject({ kind: ACCEPTED });
    expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([
      { id: sandboxIdIn(outcome), amount: '500.00', currency: subject.currency },
    ]);
  });

  cases.add('a partial refund books exactly its amount', ['partials'], async (harness) => {
    const paymentId = await harness.payment('500.00');
    await harness.submit(await harness.attempt(paymentId, '10.50'));
    expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([{ amount: '10.50' }]);
  });

  cases.add(
    'a second partial refund over the rest is refused and books nothing',
    ['partials'],
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      await harness.submit(await harness.attempt(paymentId, '300.00'));
      const outcome = await harness.submit(await harness.attempt(paymentId, '200.01'));
      expect(outcome).toMatchObject(subject.outcomes.overTheRest);
      expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(1);
    },
  );

  const shown = ['partials', 'readingShowsRefunds'] as const;
  cases.add(
    'an omitted amount, computed from a reading, takes the payment to zero',
    shown,
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      await harness.submit(await harness.attempt(paymentId, '123.45'));
      const { captured, refundedTotal } = await harness.reading(paymentId);
      const rest = captured.minus(refundedTotal ?? 0).toFixed(2);
      expect(await harness.submit(await harness.attempt(paymentId, rest))).toMatchObject({ kind: ACCEPTED });
      expect((await harness.admin.booked(paymentId)).refunds).toMatchObject([
        { amount: '123.45' },
        { amount: '376.55' },
      ]);
    },
  );

  cases.add(
    'partial refunds that add up to all of it take the payment to zero',
    ['partials'],
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      for (const amount of ['123.45', '76.55', '300.00']) {
        const attempt = await harness.attempt(paymentId, amount);
        expect(await harness.submit(attempt)).toMatchObject({ kind: ACCEPTED });
      }
      expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(3);
    },
  );

  cases.add('a full refund of a payment that is not settled yet is a void', ['voids'], async (harness) => {
    const paymentId = await harness.payment('500.00', subject.voidable?.fields);
    const attempt = await harness.attempt(paymentId, '500.00', null, true);
    expect(attempt.action).toBe('void');
    expect(await harness.submit(attempt)).toMatchObject({ kind: ACCEPTED });
    expect(await harness.readPayment(paymentId)).toMatchObject({ reading: { refundable: 'never' } });
  });

  repeatedCases(cases);
}

function repeatedCases(cases: Cases): void {
  cases.add('the same attempt twice is one refund', ['sameKey'], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
    const first = await harness.submit(attempt);
    const second = await harness.submit(attempt);
    expect(idIn(second)).toBe(idIn(first));
    expect((await harness.admin.booked(attempt.paymentId)).refunds).toHaveLength(1);
  });

  cases.add('the same attempt again after a lost answer is one refund', ['sameKey'], async (harness) => {
    const attempt = await harness.attempt(await harness.payment(), '500.00');
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
    const first = await harness.submit(await harness.attempt(paymentId, '100.00'));
    const second = await harness.submit(await harness.attempt(paymentId, '100.00'));
    expect(idIn(second)).not.toBe(idIn(first));
    expect((await harness.admin.booked(paymentId)).refunds).toHaveLength(2);
  });

  cases.add(
    'preparing is pure: the same question gives the same bytes, another attempt another key',
    [],
    async (harness) => {
      const paymentId = await harness.payment();
      const reading = await harness.reading(paymentId);
      const task = {
        ...harness.task(paymentId, '10.00', { reading }),
        reason: 'because',
        metadata: { private: 'stays here' },
      };
      const first = harness.prepare(task, 1, reading);
      const second = harness.prepare(task, 2, reading);
      expect(harness.prepare(task, 1, reading)).toEqual(first);
      expect(first.key === null || first.key !== second.key).toBe(true);
      expect(first.content).not.toContain('stays here');
    },
  );
}
