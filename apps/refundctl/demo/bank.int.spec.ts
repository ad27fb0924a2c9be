import { planScenario, SandboxClient, type Plan } from '#libs/scenario';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { playBank } from './bank.ts';

const AUTHORIZATION = `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`;

let sandbox: Sandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = new SandboxClient(sandbox.url);
});

afterAll(async () => {
  await sandbox.close();
});

/** Refunds at the provider the way a processor would, without one. */
async function refund(paymentId: string, refundId: string): Promise<number> {
  const response = await fetch(`${sandbox.url}/v1/payments/${paymentId}/refund`, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    body: JSON.stringify({ notes: { refundry_id: refundId } }),
  });
  return response.status;
}

function bankRefunds(plan: Plan) {
  return plan.refunds.filter(({ bank }) => bank !== null);
}

describe('the bank of the demo', () => {
  it('settles and fails what the provider has accepted, as the plan says, and then ends', async () => {
    const plan = planScenario({ seed: 4, refunds: 120, runId: 'bank' });
    const ids = await client.createPayments(plan.provider, plan.payments);
    await client.setBehaviour(plan.provider, { newRefundStatus: 'pending' });
    for (const { refundId, payment } of bankRefunds(plan)) {
      expect(await refund(ids.get(payment) ?? '', refundId)).toBe(200);
    }
    await playBank(plan, client, ids, AbortSignal.timeout(20_000));
    const booked = await client.refunds(plan.provider);
    const decided = new Map(booked.map(({ notes, status }) => [notes?.['refundry_id'], status]));
    for (const { refundId, bank } of bankRefunds(plan)) {
      expect([refundId, decided.get(refundId)]).toEqual([
        refundId,
        bank === 'refuse' ? 'failed' : 'processed',
      ]);
    }
  });
});

describe('the payments of a plan', () => {
  it('exist at the sandbox with their amounts, except those nobody ever made', async () => {
    const plan = planScenario({ seed: 5, refunds: 150, runId: 'pay' });
    const ids = await client.createPayments(plan.provider, plan.payments);
    expect(new Set(ids.values()).size).toBe(plan.payments.length);
    const found: (readonly [string, string])[] = [];
    const wanted: (readonly [string, string])[] = [];
    for (const { ref, kind, amount } of plan.payments.slice(0, 60)) {
      const truth = await client.payment(plan.provider, ids.get(ref) ?? '').catch(() => null);
      found.push([ref, truth === null ? 'not found' : truth.captured]);
      wanted.push([
        ref,
        { captured: amount, unsettled: amount, authorized: '0.00', unknown: 'not found' }[kind],
      ]);
    }
    expect(found).toEqual(wanted);
  });
});

describe('the faults of a plan', () => {
  it('are accepted by the sandbox, strike, and are counted by their mode', async () => {
    const plan = planScenario({ seed: 6, refunds: 10, runId: 'flt' });
    for (const fault of plan.faults) await client.addFault(plan.provider, fault);
    const { paymentId } = await client.createPayment({
      provider: 'razorpay',
      amount: '10.00',
      currency: 'INR',
    });
    await expect(refund(paymentId, 'rf_1')).rejects.toThrow('fetch failed');
    expect((await client.faultsFired()).get('drop-after-process')).toBe(1);
    expect((await client.payment('razorpay', paymentId)).refunds).toHaveLength(1);
    await client.clearFaults();
    expect([...(await client.faultsFired()).values()]).toEqual([]);
  });
});
