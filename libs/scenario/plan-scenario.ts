import { planFaults } from './faults.ts';
import type { Plan, PlannedMessage, ScenarioProvider, Wave } from './plan.ts';
import { SCRIPTS, type ProviderScript } from './provider-script.ts';
import { Random } from './random.ts';
import { Scene, type Story } from './scene.ts';
import { paidStories } from './stories/paid.ts';
import { refusedStories } from './stories/refused.ts';
import { UNREADABLE } from './stories/unreadable.ts';

export interface ScenarioOptions {
  readonly seed: number;
  /** Distinct readable refundIds. */
  readonly refunds: number;
  /** Part of every refundId and event id, so that a second run on the same data asks for other refunds. */
  readonly runId: string;
  readonly provider?: ScenarioProvider;
  /** `plain`: only full refunds, nothing broken, no faults; for measuring and for crash tests that count. */
  readonly mix?: 'everything' | 'plain';
  /** Only stories of these names, and nothing that cannot be read. */
  readonly stories?: readonly string[];
}

/** One story of every kind comes first; after that, about one message in fifteen is broken. */
const UNREADABLE_SHARE = 1 / 15;

/**
 * Plans the traffic of an order service: exactly `refunds` refundIds, every kind of story at least once where there is room, the rest by
 * weight. Pure: the same options give the same plan. Messages of one story keep their order, stories overlap.
 */
export function planScenario(options: ScenarioOptions): Plan {
  const { seed, refunds, runId, mix = 'everything', provider = 'razorpay' } = options;
  const script = SCRIPTS[provider];
  const random = new Random(seed);
  const stories =
    mix === 'plain' ? plain(script, refunds) : everything(script, random, refunds, options.stories);
  const counters = { payment: 0, refund: 0, message: 0 };
  const scenes = stories.map((story) => {
    const wave = waveOf(story, script);
    const scene = new Scene(story.name, wave, random, runId, script, (of) => (counters[of] += 1));
    story.tell(scene);
    return scene;
  });
  const messages = interleave(scenes, random);
  return {
    seed,
    runId,
    provider,
    mayNeedPerson: script.keyless,
    payments: scenes.flatMap((scene) => scene.payments),
    refunds: scenes.flatMap((scene) => scene.refunds),
    messages,
    faults: mix === 'plain' ? [] : planFaults(random, script),
    deadLetters: messages.filter(({ fate }) => typeof fate === 'object').length,
    duplicates: messages.filter(({ fate }) => fate === 'duplicate').length,
  };
}

/** Where a lost answer stops the payment, only single refunds may meet one: a second one of the payment would wait for a person. */
function waveOf(story: Story, { keyless }: ProviderScript): Wave {
  return keyless && story.refunds > 1 ? 'quiet' : story.wave;
}

function plain(script: ProviderScript, refunds: number): readonly Story[] {
  const [full] = paidStories(script);
  return Array.from({ length: refunds }, () => full);
}

function everything(
  script: ProviderScript,
  random: Random,
  refunds: number,
  only: readonly string[] | undefined,
): readonly Story[] {
  const kinds = kindsOf(script, only);
  const told: Story[] = [];
  let left = refunds;
  for (const kind of kinds) {
    if (kind.refunds > left) continue;
    told.push(kind);
    left -= kind.refunds;
  }
  while (left > 0) {
    const kind = random.weighted(kinds);
    if (kind.refunds > left) continue;
    told.push(kind);
    left -= kind.refunds;
  }
  const broken = only === undefined ? Math.ceil(refunds * UNREADABLE_SHARE) : 0;
  for (let index = 0; index < broken; index += 1) {
    told.push(UNREADABLE[index % UNREADABLE.length] ?? UNREADABLE[0]);
  }
  return told;
}

function kindsOf(script: ProviderScript, only: readonly string[] | undefined): readonly [Story, ...Story[]] {
  const [first, ...others] = [...paidStories(script), ...refusedStories(script)].filter(
    ({ name }) => only === undefined || only.includes(name),
  );
  if (first === undefined) throw new Error(`no story of ${script.name} is called ${String(only)}`);
  return [first, ...others];
}

/** Merges the stories at random. Each message draws a place; a story's places are sorted, so its own order stays. */
function interleave(scenes: readonly Scene[], random: Random): readonly PlannedMessage[] {
  const placed = scenes.flatMap(({ messages }) => {
    const places = messages.map(() => random.next()).toSorted((a, b) => a - b);
    return messages.map((message, index) => ({ message, place: places[index] ?? 0 }));
  });
  return placed.toSorted((a, b) => a.place - b.place).map(({ message }) => message);
}
