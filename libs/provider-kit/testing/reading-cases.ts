import type { StoredAttempt } from '../ports.ts';
import type { Cases } from './cases.ts';
import type { Harness } from './harness.ts';

async function reading(harness: Harness, paymentId: string) {
  const { captured, refundedTotal, ...rest } = await harness.reading(paymentId);
  return { captured: captured.toFixed(2), refundedTotal: refundedTotal?.toFixed(2) ?? null, ...rest };
}

export function readingCases(cases: Cases): void {
  const { subject } = cases;

  const shown = ['partials', 'readingShowsRefunds'] as const;
  cases.add('a payment shows what was captured and what went back', shown, async (harness) => {
    const paymentId = await harness.payment('500.00');
    await harness.submit(await harness.attempt(paymentId, '10.50'));
    expect(await reading(harness, paymentId)).toEqual({
      captured: '500.00',
      refundedTotal: '10.50',
      currency: subject.currency,
      refundable: 'now',
      because: null,
    });
  });

  cases.add(
    'a payment that was refunded in full is never refundable again',
    ['readingShowsRefunds'],
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      await harness.submit(await harness.attempt(paymentId, '500.00'));
      expect(await reading(harness, paymentId)).toMatchObject({
        refundable: 'never',
        because: 'ALREADY_REFUNDED',
      });
    },
  );

  cases.add('a payment that was not refunded shows what was captured', [], async (harness) => {
    expect(await reading(harness, await harness.payment('500.00'))).toMatchObject({
      captured: '500.00',
      refundedTotal: subject.readingShowsRefunds === false ? null : '0.00',
      currency: subject.currency,
      refundable: 'now',
    });
  });

  cases.add('a payment that is not captured says so', [], async (harness) => {
    const paymentId = await harness.payment('500.00', subject.notCaptured.fields);
    const { refundable, because } = await reading(harness, paymentId);
    expect(refundable).not.toBe('now');
    expect(because).toBe(subject.notCaptured.code);
  });

  cases.add('a payment that does not exist is not found', [], async (harness) => {
    expect(await harness.readPayment(subject.unknownPaymentId)).toMatchObject({ kind: 'notFound' });
  });

  doubtfulReadings(cases);
  probeCases(cases);
  listingCases(cases);
}

function doubtfulReadings(cases: Cases): void {
  cases.add('a reading that goes wrong says nothing about the payment', [], async (harness) => {
    const paymentId = await harness.payment();
    const faults = ['drop-before-process', 'status', 'html-502', 'malformed', 'redirect'];
    for (const mode of faults) {
      await harness.admin.plantFault({ operation: 'payment', mode, count: 1 });
      expect(await harness.readPayment(paymentId)).toMatchObject({
        kind: 'unavailable',
        because: 'noAnswer',
      });
    }
    await harness.admin.plantFault({
      operation: 'payment',
      mode: 'rate-limit',
      retryAfterMs: 3000,
      count: 1,
    });
    expect(await harness.readPayment(paymentId)).toMatchObject({
      because: 'rateLimited',
      retryAfterMs: 3000,
    });
    const account = cases.subject.wrongAccount(harness.sandboxUrl);
    expect(await harness.readPayment(paymentId, { account })).toMatchObject({ because: 'credentials' });
  });
}

function probeCases(cases: Cases): void {
  cases.add('a probe takes right credentials and refuses wrong ones', [], async (harness) => {
    expect(await harness.probe()).toBe('accepted');
    expect(await harness.probe(cases.subject.wrongAccount(harness.sandboxUrl))).toBe('refused');
  });

  cases.add('a probe that goes wrong says nothing about the credentials', [], async (harness) => {
    for (const mode of ['drop-before-process', 'status', 'html-502', 'malformed', 'redirect', 'rate-limit']) {
      await harness.admin.plantFault({ operation: '*', mode, count: 1 });
      expect([mode, await harness.probe()]).toEqual([mode, 'unavailable']);
    }
  });
}

function listingCases(cases: Cases): void {
  cases.add(
    'a listing shows every refund of a payment once, with our references',
    ['listing', 'partials'],
    async (harness) => {
      const paymentId = await harness.payment('500.00');
      const attempts: StoredAttempt[] = [];
      for (const amount of ['1.00', '2.00', '3.00']) {
        const attempt = await harness.attempt(paymentId, amount);
        attempts.push(attempt);
        await harness.submit(attempt);
      }
      const { reader } = harness.patient.module;
      const listed: string[] = [];
      const window = { paymentId };
      for await (const refund of reader.listRefunds?.(
        harness.account,
        window,
        new AbortController().signal,
      ) ?? []) {
        listed.push([refund.reference, refund.amount, refund.currency, refund.paymentId].join(' '));
      }
      expect(new Set(listed)).toEqual(
        new Set(
          attempts.map(({ reference, amount }) =>
            [reference, amount, cases.subject.currency, paymentId].join(' '),
          ),
        ),
      );
    },
  );
}
