import { readRequest } from '#libs/contracts';
import { planScenario, toOutgoing, type Plan, type PlannedMessage } from './index.ts';

/** Codes that only the payment itself or the provider can tell; the contract accepts such a request. */
const DECIDED_LATER = new Set([
  'ACCOUNT_UNKNOWN',
  'CURRENCY_MISMATCH',
  'EXCEEDS_REMAINING',
  'EXPECTED_REMAINING_MISMATCH',
  'PAYMENT_NOT_CAPTURED',
  'PAYMENT_NOT_FOUND',
  'PROVIDER_DECLINED',
]);

const plan = planScenario({ seed: 1, refunds: 400, runId: 'r1' });
const paymentIds = new Map(plan.payments.map(({ ref }) => [ref, `pay_${ref.padStart(14, '0')}`]));

function read(message: PlannedMessage) {
  const { key, value, headers } = toOutgoing(message, 'requests', paymentIds);
  return readRequest({ key, value, headers });
}

function plannedCode(of: Plan, refundId: string): string | null {
  const end = of.refunds.find((refund) => refund.refundId === refundId)?.end;
  const code = end?.state === 'failed' ? end.code : null;
  return code === null || DECIDED_LATER.has(code) ? null : code;
}

describe('a planned message, read by the contract', () => {
  it('is a dead letter exactly where it was planned as one that cannot be read', () => {
    const found = plan.messages.map((message) => {
      const incoming = read(message);
      return [message.story, incoming.kind === 'deadLetter' ? incoming.code : null];
    });
    const wanted = plan.messages.map(({ story, fate }) => [
      story,
      typeof fate === 'object' && fate.deadLetter !== 'CONFLICTING_DUPLICATE' ? fate.deadLetter : null,
    ]);
    expect(found).toEqual(wanted);
  });

  it('is rejected for exactly the reason it was planned with', () => {
    const firsts = plan.messages.filter(({ fate }) => fate === 'first');
    const found = firsts.map((message) => {
      const incoming = read(message);
      if (incoming.kind === 'deadLetter') throw new Error(`${message.story} is a dead letter`);
      const { refundId, rejections } = incoming.request;
      return { story: message.story, refundId, code: rejections[0]?.code ?? null };
    });
    expect(found).toEqual(found.map((one) => ({ ...one, code: plannedCode(plan, one.refundId) })));
    expect(found).toHaveLength(400);
  });

  it('has the content of the first one when it repeats it, and another when it contradicts it', () => {
    const first = new Map<string, string>();
    const found: { readonly story: string; readonly same: boolean; readonly planned: boolean }[] = [];
    const ordered = [
      ...plan.messages.filter(({ wave }) => wave === 'main'),
      ...plan.messages.filter(({ wave }) => wave === 'bank'),
    ];
    for (const message of ordered) {
      const incoming = read(message);
      if (incoming.kind === 'deadLetter') continue;
      const { refundId, fingerprint } = incoming.request;
      const content = fingerprint.toString('hex');
      const { story, fate } = message;
      if (fate === 'first') first.set(refundId, content);
      else found.push({ story, same: content === first.get(refundId), planned: fate === 'duplicate' });
    }
    expect(found.filter(({ same, planned }) => same !== planned)).toEqual([]);
    expect(found.filter(({ planned }) => planned)).toHaveLength(plan.duplicates);
    expect(found.filter(({ planned }) => !planned).length).toBeGreaterThan(5);
  });
});
