import type { PlannedFault, Random, ScenarioProvider } from '#libs/scenario';

/** How a provider's webhooks reach the processors. */
export interface WebhookTrouble {
  readonly order?: 'shuffled';
  readonly duplicates: number;
  readonly loss: number;
  /** Later than the look-up that asks for the same, or sooner. */
  readonly delayMs: number;
}

type Mode = readonly [mode: string, more?: Partial<PlannedFault>];

/** Longer than a call may take, shorter than a lease: the answer comes when nobody waits for it any more. */
const TOO_LATE_MS = 1500;
const SLOW_BODY_MS = 3000;
const WEBHOOK_DELAY_MS = 4000;

const MODES: readonly Mode[] = [
  ['drop-before-process'],
  ['drop-after-process'],
  ['delay', { delayMs: TOO_LATE_MS }],
  ['delay', { delayMs: 200 }],
  ['status', { status: 500 }],
  ['status', { status: 504 }],
  ['html-502'],
  ['rate-limit', { retryAfterMs: 300 }],
  ['redirect'],
  ['malformed'],
  ['slow-body', { delayMs: SLOW_BODY_MS }],
];

/** Without keys each lost answer is a person's: enough of them to meet every kind over a few seeds. */
const PROBABILITY_MAX = { keyed: 0.04, keyless: 0.006 } as const;

/**
 * More faults than the plan of the traffic has, of every mode and for every operation, each with one chance in two. A reading of the payment is
 * never answered with other values: whoever believes a wrong answer about what was captured refuses a good request, and rightly.
 */
export function planTrouble(
  random: Random,
  provider: ScenarioProvider,
  keyless: boolean,
): readonly PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (const operation of ['create', 'lookup', 'payment'] as const)
    for (const [mode, more] of MODES) {
      const isDrawn = random.int(0, 1) === 1;
      const most = operation === 'create' && keyless ? PROBABILITY_MAX.keyless : PROBABILITY_MAX.keyed;
      const probability = 0.002 + random.next() * most;
      const seed = random.int(1, 2_000_000_000);
      if (isDrawn) faults.push({ operation, mode, probability, seed, ...more });
    }
  if (provider !== 'robokassa')
    faults.push({
      operation: 'lookup',
      mode: 'wrong-echo',
      probability: 0.02,
      seed: random.int(1, 2_000_000_000),
      // At Braintree a payment is read with each of its refunds: another amount there is a wrong answer about what is left.
      ...(provider === 'braintree' ? { echo: 'payment' } : {}),
    });
  return faults;
}

export function drawWebhookTrouble(random: Random): WebhookTrouble {
  const duplicates = random.int(0, 3);
  const loss = random.int(0, 2) * 0.25;
  const delayMs = random.int(0, 1) * WEBHOOK_DELAY_MS;
  const trouble = { duplicates, loss, delayMs };
  return random.int(0, 1) === 1 ? { order: 'shuffled', ...trouble } : trouble;
}
