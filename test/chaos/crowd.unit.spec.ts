import { Observations, Random, type BookedRefund, type PlannedRefund } from '#libs/scenario';
import { checkCrowd, planCrowd } from './crowd.ts';

const crowd = planCrowd(new Random(3), 'braintree', 'r1');
const paymentIds = new Map(crowd.payments.map(({ ref }) => [ref, `id_${ref}`]));

const amountOf = ({ end }: PlannedRefund): string => (end.state === 'completed' ? end.amount : '');

function booked({ payment, refundId, ...refund }: PlannedRefund, times = 1): BookedRefund[] {
  return Array.from({ length: times }, (_, no) => ({
    provider: 'braintree',
    id: `${refundId}_${String(no)}`,
    paymentId: `id_${payment}`,
    amount: amountOf({ payment, refundId, ...refund }),
    currency: 'USD',
    status: 'settled',
    reference: null,
    createdAt: '',
  }));
}

/** First come, first served, with everything as it should be; `change` says otherwise of single refunds. */
function played(
  change: (refund: PlannedRefund) => {
    end?: 'completed' | 'rejected' | 'review' | 'nothing';
    times?: number;
  } = () => ({}),
  of = crowd,
) {
  const seen = new Observations(new Set(crowd.refunds.map(({ refundId }) => refundId)));
  const books: BookedRefund[] = [];
  const left = new Map(crowd.payments.map(({ ref, amount }) => [ref, Number(amount)]));
  for (const refund of crowd.refunds) {
    const rest = (left.get(refund.payment) ?? 0) - Number(amountOf(refund));
    const { end = rest >= 0 ? 'completed' : 'rejected', times = end === 'completed' ? 1 : 0 } =
      change(refund);
    if (end === 'completed') left.set(refund.payment, rest);
    books.push(...booked(refund, times));
    const event = { ceId: '', sequence: 2, seenAtMs: 0 };
    if (end === 'review')
      seen.addEvent('statuses', refund.refundId, {
        ...event,
        type: 'RefundStatusChanged',
        body: { state: 'review' },
      });
    else if (end !== 'nothing')
      seen.addEvent('results', refund.refundId, {
        ...event,
        type: end === 'completed' ? 'RefundCompleted' : 'RefundFailed',
        body: { failure: { kind: 'rejected' } },
      });
  }
  return checkCrowd(of, seen, books, paymentIds);
}

describe('a crowd at one payment', () => {
  const [first] = crowd.refunds;
  const isFirst = ({ refundId }: PlannedRefund): boolean => refundId === first?.refundId;

  it('asks for more than there is', () => {
    const asked = crowd.refunds.reduce((sum, refund) => sum + Number(amountOf(refund)), 0);
    expect(asked).toBeGreaterThan(crowd.payments.length * 100);
  });

  it('first come, first served › is in order', () => {
    expect(played()).toEqual([]);
  });

  it('with a part booked twice › is told', () => {
    expect(played((refund) => (isFirst(refund) ? { end: 'completed', times: 2 } : {})).join()).toContain(
      'or twice',
    );
  });

  it('with a part completed and not booked › is told', () => {
    expect(played((refund) => (isFirst(refund) ? { end: 'completed', times: 0 } : {})).join()).toContain(
      'not booked',
    );
  });

  it('with a part refused that fits › is told', () => {
    expect(
      played((refund) => (refund.payment === first?.payment ? { end: 'rejected' } : {})).join(),
    ).toContain('although 100.00 is left');
  });

  it('with a part that nobody decided › is told, unless another waits for a person', () => {
    expect(played((refund) => (isFirst(refund) ? { end: 'nothing' } : {})).join()).toContain('no event says');
    const held = played((refund) => {
      if (refund.payment !== first?.payment) return {};
      return isFirst(refund) ? { end: 'review', times: 1 } : { end: 'nothing' };
    });
    expect(held).toEqual([]);
  });

  it('of which a part was given back elsewhere › has that much less', () => {
    const [payment] = crowd.payments;
    const ref = payment?.ref ?? '';
    const nothingLeft = { ...crowd, elsewhere: [{ payment: ref, amount: '100.00' }] };
    const refused = played((refund) => (refund.payment === ref ? { end: 'rejected' } : {}), nothingLeft);
    expect(refused).toEqual([]);
    expect(played(undefined, nothingLeft).join()).toContain(`payment ${ref}: 0.00 to give back`);
  });
});
