import { planScenario, SCRIPTS, type Plan, type ScenarioProvider } from './index.ts';
import { paidStories } from './stories/paid.ts';
import { refusedStories } from './stories/refused.ts';
import { UNREADABLE } from './stories/unreadable.ts';

const PROVIDERS = Object.keys(SCRIPTS) as ScenarioProvider[];

const plan = (seed: number, refunds: number, runId = 'r1'): Plan => planScenario({ seed, refunds, runId });

describe('a plan', () => {
  it('is the same for the same seed, and another for another one', () => {
    expect(plan(7, 120)).toEqual(plan(7, 120));
    expect(plan(7, 120)).not.toEqual(plan(8, 120));
  });

  it('keeps its mix when only the run differs, and shares no refundId with the other run', () => {
    const [a, b] = [plan(7, 120, 'r1'), plan(7, 120, 'r2')];
    expect(a.messages.map(({ story }) => story)).toEqual(b.messages.map(({ story }) => story));
    const ids = new Set(a.refunds.map(({ refundId }) => refundId));
    expect(b.refunds.filter(({ refundId }) => ids.has(refundId))).toEqual([]);
  });

  it.each([0, 1, 2, 13, 60, 300, 2000])('has exactly %i distinct refundIds', (refunds) => {
    const ids = plan(3, refunds).refunds.map(({ refundId }) => refundId);
    expect(ids).toHaveLength(refunds);
    expect(new Set(ids).size).toBe(refunds);
  });

  it.each(PROVIDERS)('tells every kind of story of %s once there is room', (provider) => {
    const { messages } = planScenario({ seed: 1, refunds: 300, runId: 'r1', provider });
    const told = new Set(messages.map(({ story }) => story));
    const script = SCRIPTS[provider];
    const kinds = [...paidStories(script), ...refusedStories(script), ...UNREADABLE].map(({ name }) => name);
    expect(kinds.filter((name) => !told.has(name))).toEqual([]);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it('sends the first message of a refundId before those that repeat or contradict it', () => {
    const seen = new Set<string>();
    const early: string[] = [];
    for (const { body, fate, wave } of plan(5, 400).messages) {
      const id =
        body !== null && 'text' in body ? /"refundId":"(rf_r1_\d+)"/.exec(body.text)?.[1] : undefined;
      if (id === undefined) continue;
      if (fate === 'first') seen.add(id);
      else if (wave === 'main' && !seen.has(id)) early.push(id);
    }
    expect(early).toEqual([]);
    expect(seen.size).toBe(400);
  });

  it('gives every message an event id of its own', () => {
    const ids = plan(5, 200).messages.flatMap(({ headers }) =>
      headers.filter(([name]) => name === 'ce_id').map(([, value]) => value),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps what would wait behind a lost answer out of its way where nobody can look one up', () => {
    const { refunds } = planScenario({ seed: 1, refunds: 300, runId: 'r1', provider: 'robokassa' });
    const payments = refunds.filter(({ wave }) => wave === 'main').map(({ payment }) => payment);
    expect(new Set(payments).size).toBe(payments.length);
    expect(payments.length).toBeGreaterThan(150);
  });

  it('always loses answers after the provider has processed the refund', () => {
    expect(plan(1, 5).faults[0]).toMatchObject({ mode: 'drop-after-process', probability: 1, count: 2 });
  });

  it('is nothing but full refunds without faults when it is plain', () => {
    const plain = planScenario({ seed: 1, refunds: 50, runId: 'r1', mix: 'plain' });
    expect(plain.messages.map(({ story }) => story)).toEqual(Array.from({ length: 50 }, () => 'full'));
    expect([plain.faults, plain.deadLetters, plain.duplicates]).toEqual([[], 0, 0]);
  });
});
