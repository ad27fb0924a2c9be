import {
  checkLedger,
  Observations,
  planScenario,
  sumOf,
  type BookedRefund,
  type Books,
  type LedgerCheck,
  type Plan,
} from './index.ts';

const plan = planScenario({ seed: 11, refunds: 120, runId: 'r1' });
const RUN = { bus: 'embedded', duplicatesAbsorbed: plan.duplicates, seconds: 1 } as const;

/** The world as it is when everything went as planned. */
class World {
  readonly seen: Observations;
  readonly refunds: BookedRefund[] = [];
  readonly paymentIds: ReadonlyMap<string, string>;

  constructor(readonly of: Plan) {
    this.paymentIds = new Map(of.payments.map(({ ref }) => [ref, `pay_${ref}`]));
    this.seen = new Observations(new Set(of.refunds.map(({ refundId }) => refundId)));
    for (let index = 0; index < of.deadLetters; index += 1) {
      this.seen.addDeadLetter({ code: 'X', message: '', origin: `t/0/${String(index)}` });
    }
    for (const { refundId, payment, end } of of.refunds) {
      this.status(refundId, 1, 'requested');
      if (end.state === 'completed') {
        this.result(refundId, 'RefundCompleted', 2, { amount: end.amount });
        this.book(refundId, payment, end.amount);
      } else {
        const failure = { kind: end.kind ?? 'rejected', code: end.code ?? 'ANY' };
        this.result(refundId, 'RefundFailed', 2, { failure });
      }
    }
  }

  result(refundId: string, type: string, sequence: number, body: object): void {
    this.status(refundId, sequence, type);
    this.seen.addEvent('results', refundId, { ...event(refundId, sequence, body), type });
  }

  status(refundId: string, sequence: number, state: string): void {
    this.seen.addEvent('statuses', refundId, event(refundId, sequence, { state }));
  }

  book(refundId: string, payment: string, amount: string, status = 'processed'): void {
    this.refunds.push({
      provider: 'razorpay',
      id: `rfnd_${String(this.refunds.length)}`,
      paymentId: this.paymentIds.get(payment) ?? '',
      amount,
      currency: 'INR',
      status,
      reference: null,
      createdAt: '2026-01-01T00:00:00Z',
      notes: { refundry_id: refundId },
    });
  }

  check(books: Partial<Books> = {}): LedgerCheck {
    return checkLedger(
      this.of,
      this.seen,
      { refunds: this.refunds, paymentIds: this.paymentIds, ...books },
      { ...RUN, duplicatesAbsorbed: this.of.duplicates },
    );
  }
}

function event(refundId: string, sequence: number, body: object) {
  return {
    type: '',
    ceId: `${refundId}.${String(sequence)}`,
    sequence,
    body: { ...body, sequence },
    seenAtMs: 0,
  };
}

function planned(state: 'completed' | 'failed') {
  const refund = plan.refunds.find(({ end, story }) => end.state === state && story !== 'several-parts');
  if (refund === undefined) throw new Error(`the plan has no refund that ends ${state}`);
  return refund;
}

const completed = planned('completed');
const failed = planned('failed');

describe('the ledger check', () => {
  it('finds nothing when everything went as planned', () => {
    const { summary, differences } = new World(plan).check();
    expect(differences).toEqual([]);
    const paid = plan.refunds.filter(({ end }) => end.state === 'completed').length;
    expect(summary).toEqual({
      bus: 'embedded',
      requested: 120,
      completed: paid,
      failed: 120 - paid,
      pending: 0,
      review: 0,
      deadLetters: plan.deadLetters,
      duplicatesAbsorbed: plan.duplicates,
      providerRefunds: paid,
      doubleRefunds: 0,
      lost: 0,
      overRefunded: 0,
      seconds: 1,
    });
  });

  it('finds a refund that was paid twice, and the payment that gave too much', () => {
    const world = new World(plan);
    const end = completed.end;
    const captured = plan.payments.find(({ ref }) => ref === completed.payment)?.amount ?? '0';
    world.book(completed.refundId, completed.payment, end.state === 'completed' ? end.amount : '0');
    world.book(completed.refundId, completed.payment, captured);
    const { summary, differences } = world.check();
    expect(summary).toMatchObject({ doubleRefunds: 1, overRefunded: 1, lost: 0 });
    expect(differences.join('\n')).toContain(`${completed.refundId} (${completed.story}): paid 3 times`);
  });

  it('does not count what the provider booked and declined', () => {
    const world = new World(plan);
    world.book(completed.refundId, completed.payment, '10.00', 'failed');
    expect(world.check()).toMatchObject({ summary: { doubleRefunds: 0, overRefunded: 0 }, differences: [] });
  });

  it('counts a refund as lost when no event says how it ended', () => {
    const world = new World(plan);
    world.seen.results.delete(failed.refundId);
    expect(world.check().summary.lost).toBe(1);
  });

  it('counts a refund as lost when it is called completed and nothing was booked', () => {
    const world = new World(plan);
    const refunds = world.refunds.filter(({ notes }) => notes?.['refundry_id'] !== completed.refundId);
    const { summary, differences } = world.check({ refunds });
    expect(summary.lost).toBe(1);
    expect(differences.join('\n')).toContain('completed, but nothing is booked');
  });

  it('tells pending and review by the last status, and reports that they were planned otherwise', () => {
    const world = new World(plan);
    world.seen.results.delete(completed.refundId);
    world.status(completed.refundId, 3, 'pending');
    world.status(completed.refundId, 4, 'review');
    const { summary, differences } = world.check();
    expect(summary).toMatchObject({ review: 1, pending: 0, lost: 0 });
    expect(differences).toEqual([
      `${completed.refundId} (${completed.story}): planned to end completed, but is review`,
    ]);
  });

  it('reports money for a failed refund, another amount than booked, and a refund nobody asked for', () => {
    const world = new World(plan);
    world.book(failed.refundId, failed.payment, '1.00');
    world.book('rf_of_somebody_else', failed.payment, '1.00');
    world.result(completed.refundId, 'RefundCompleted', 3, { amount: '0.01' });
    const text = world.check().differences.join('\n');
    expect(text).toContain(`${failed.refundId} (${failed.story}): failed, but rfnd_`);
    expect(text).toContain('booked by the provider for a refund that was never requested');
    expect(text).toContain('completed with 0.01, booked');
  });

  it('accepts repeated snapshots and reports a gap or a reordering', () => {
    const world = new World(plan);
    world.status(completed.refundId, 1, 'requested');
    expect(world.check().differences).toEqual([]);
    world.status(completed.refundId, 4, 'completed');
    expect(world.check().differences).toContain(
      `${completed.refundId}: status 4 was published before status 3`,
    );
  });

  it('reports dead letters and duplicates that do not add up', () => {
    const world = new World(plan);
    world.seen.addDeadLetter({ code: 'X', message: '', origin: 't/0/0' });
    expect(world.check().differences).toEqual([]);
    world.seen.addDeadLetter({ code: 'X', message: '', origin: 't/9/9' });
    const books = { refunds: world.refunds, paymentIds: world.paymentIds };
    const { differences } = checkLedger(plan, world.seen, books, { ...RUN, duplicatesAbsorbed: 0 });
    expect(differences).toEqual([
      `dead letters: ${String(plan.deadLetters)} planned, ${String(plan.deadLetters + 1)} found`,
      `duplicates: ${String(plan.duplicates)} sent, 0 absorbed`,
    ]);
  });
});

describe('the books of a provider that keeps no name of ours', () => {
  const keyless = planScenario({ seed: 11, refunds: 200, runId: 'r1', provider: 'robokassa' });
  const paid = keyless.refunds.find(({ end, wave }) => end.state === 'completed' && wave === 'main');
  const amount = paid?.end.state === 'completed' ? paid.end.amount : '';
  const world = (): World => new World(keyless);

  it('are told by payment and amount', () => {
    const { summary, differences } = world().check();
    expect(differences).toEqual([]);
    expect([summary.doubleRefunds, summary.lost, summary.overRefunded]).toEqual([0, 0, 0]);
    expect(summary.completed + summary.failed).toBe(200);
  });

  it('show one more than was planned as paid twice, and another amount as never requested', () => {
    const twice = world();
    twice.book(paid?.refundId ?? '', paid?.payment ?? '', amount, 'finished');
    expect(twice.check().summary.doubleRefunds).toBe(1);
    const strange = world();
    strange.book(paid?.refundId ?? '', paid?.payment ?? '', '0.01', 'finished');
    expect(strange.check().differences.join()).toContain('never requested');
  });

  it('may leave a refund to a person, paid or not, but not paid twice', () => {
    const lostAnswer = world();
    lostAnswer.seen.results.delete(paid?.refundId ?? '');
    lostAnswer.status(paid?.refundId ?? '', 3, 'review');
    const { summary, differences } = lostAnswer.check();
    expect([summary.review, summary.lost, differences]).toEqual([1, 0, []]);
    lostAnswer.book(paid?.refundId ?? '', paid?.payment ?? '', amount, 'finished');
    expect(lostAnswer.check().summary.doubleRefunds).toBe(1);
  });

  it('add up with those of the others', () => {
    const one = world().check();
    const { summary, differences } = sumOf([one, one], {
      ...RUN,
      duplicatesAbsorbed: 2 * keyless.duplicates,
    });
    expect([summary.requested, summary.providerRefunds]).toEqual([400, 2 * one.summary.providerRefunds]);
    expect(differences).toEqual([]);
    expect(sumOf([one], { ...RUN, duplicatesAbsorbed: 0 }).differences).toHaveLength(1);
  });
});
