import { STEPS, type StepName } from '#libs/observability';
import type { Random } from '#libs/scenario';
import type { BusKind } from './servers.ts';

/** Everything that is done to the machines and to the traffic while refunds are under way. */
export const STRIKES = [
  'kill',
  'stall',
  'restart',
  'kill-at',
  'stall-at',
  'database-stop',
  'database-crash',
  'broker-stop',
  'broker-crash',
  'cut',
  'clock',
  'resend',
  'webhooks',
] as const;
export type StrikeKind = (typeof STRIKES)[number];

export interface Strike {
  readonly kind: StrikeKind;
  readonly atMs: number;
  /** Which processor; of the other kinds it is ignored. */
  readonly worker: number;
  /** How long it stays stalled or away; for `clock`, how far the clock moves; for `resend`, how many messages; for `cut`, how often. */
  readonly amount: number;
  /** Of the kinds that are aimed: the point between two effects, and the pass of it. */
  readonly at: StepName;
  readonly pass: number;
}

/** Lengths on both sides of the lease of three seconds; outages short enough that three of them fit beside the rest. */
const AMOUNTS: Readonly<Record<StrikeKind, readonly [min: number, max: number]>> = {
  kill: [0, 1500],
  stall: [400, 6000],
  restart: [0, 0],
  'kill-at': [0, 1500],
  'stall-at': [400, 6000],
  'database-stop': [0, 2000],
  'database-crash': [0, 1500],
  'broker-stop': [0, 2500],
  'broker-crash': [0, 2500],
  cut: [1, 3],
  // Far below the day after which the sandbox gives a webhook up and Braintree's daily batch settles.
  clock: [1000, 1_200_000],
  resend: [5, 40],
  webhooks: [0, 0],
};

const WEIGHTS: Readonly<Record<StrikeKind, number>> = {
  kill: 4,
  stall: 3,
  restart: 3,
  'kill-at': 2,
  'stall-at': 2,
  'database-stop': 1,
  'database-crash': 1,
  'broker-stop': 1,
  'broker-crash': 1,
  cut: 1,
  clock: 1,
  resend: 3,
  webhooks: 1,
};

/** Every seed has these; the rest is drawn. */
const CERTAIN: readonly StrikeKind[] = ['kill', 'stall', 'restart', 'kill-at', 'stall-at', 'cut', 'resend'];
const AT_PROCESSORS: readonly StrikeKind[] = ['kill', 'stall', 'restart', 'kill-at', 'stall-at'];
/** The bus goes away in every seed: with its broker, or with the database that it lives in. */
const OUTAGES = {
  kafka: ['broker-stop', 'broker-crash'],
  embedded: ['database-stop', 'database-crash'],
} as const satisfies Readonly<Record<BusKind, readonly StrikeKind[]>>;
/**
 * How many more are drawn. On Kafka fewer, and none at a processor or the broker: whoever joins after one of these waits for
 * sessions of ten seconds to end, and a seed is to end within a minute.
 */
const DRAWN = { kafka: [2, 4], embedded: [4, 9] } as const satisfies Readonly<
  Record<BusKind, readonly [min: number, max: number]>
>;
/** Late enough that something is under way, early enough to be reached before the next strike starts the processor anew. */
const PASS_MAX = 4;
const FIRST_AT_MS = 600;

/** Draws what happens within `lengthMs`, in the order of time. The clock only moves before `calmClockFromMs`. */
export function planStrikes(
  random: Random,
  options: {
    readonly lengthMs: number;
    readonly calmClockFromMs: number;
    readonly workers: number;
    readonly bus: BusKind;
    readonly brokerIsOurs: boolean;
  },
): readonly Strike[] {
  const possible = STRIKES.filter(
    (kind) => !kind.startsWith('broker') && (options.bus === 'embedded' || !isAtProcessor(kind)),
  ).map((kind) => ({ kind, weight: WEIGHTS[kind] }));
  const isOurs = options.bus === 'embedded' || options.brokerIsOurs;
  const kinds = isOurs ? [...CERTAIN, random.pick(OUTAGES[options.bus])] : [...CERTAIN];
  const [first, ...others] = possible;
  if (first === undefined) return [];
  const [min, max] = DRAWN[options.bus];
  for (let left = random.int(min, max); left > 0; left -= 1)
    kinds.push(random.weighted([first, ...others]).kind);
  // In turn: strikes at one processor wait for each other, and a seed that meant most of them for the same one would take twice as long.
  let nextWorker = random.int(0, options.workers - 1);
  return kinds
    .map((kind) => {
      const untilMs = kind === 'clock' ? options.calmClockFromMs : options.lengthMs;
      const [min, max] = AMOUNTS[kind];
      return {
        kind,
        atMs: random.int(FIRST_AT_MS, untilMs),
        amount: random.int(min, max),
        at: random.pick(STEPS),
        pass: random.int(1, PASS_MAX),
      };
    })
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((strike) => ({
      ...strike,
      worker: isAtProcessor(strike.kind) ? nextWorker++ % options.workers : 0,
    }));
}

function isAtProcessor(kind: StrikeKind): boolean {
  return AT_PROCESSORS.includes(kind);
}
