import type { AdminFields } from '../admin/admin-fields.ts';
import { seededRandom } from '../seeded-random.ts';
import type { ProviderName } from '../provider-name.ts';

/** `other` is every call that neither moves money nor reads it (notes, capture); only a fault for `*` reaches it. */
export type CallOperation = 'create' | 'lookup' | 'payment' | 'other';

const faultModes = [
  'drop-before-process',
  'drop-after-process',
  'delay',
  'status',
  'html-502',
  'rate-limit',
  'malformed',
  'slow-body',
  'wrong-echo',
  'redirect',
] as const;
export type FaultMode = (typeof faultModes)[number];

export const echoFields = ['amount', 'currency', 'payment'] as const;
export type EchoField = (typeof echoFields)[number];

const operations = ['create', 'lookup', 'payment', '*'] as const;

const DELAY_MAX_MS = 600_000;

export interface Fault {
  readonly faultId: string;
  readonly provider: ProviderName;
  readonly operation: (typeof operations)[number];
  readonly mode: FaultMode;
  readonly delayMs: number;
  /** Used by mode `status` only. */
  readonly status: number;
  readonly retryAfterMs: number;
  readonly description: string | undefined;
  readonly echo: EchoField | undefined;
  readonly probability: number;
  readonly seed: number;
  readonly random: () => number;
  /** Null: fires until it is cleared. */
  remaining: number | null;
  fired: number;
}

const defaultDelayMs = (mode: FaultMode): number => {
  switch (mode) {
    case 'delay':
      return 1_000;
    case 'slow-body':
      return 30_000;
    case 'drop-before-process':
    case 'drop-after-process':
    case 'status':
    case 'html-502':
    case 'rate-limit':
    case 'malformed':
    case 'wrong-echo':
    case 'redirect':
      return 0;
  }
};

/** Reads the body of `POST /_sandbox/faults`; throws AdminRefusal. */
export function readFault(fields: AdminFields, provider: ProviderName, faultId: string): Fault {
  const operation = fields.oneOf('operation', operations) ?? '*';
  const mode = fields.requiredOneOf('mode', faultModes);
  const seed = fields.wholeNumber('seed', 0, 4_294_967_295) ?? 1;
  const fault: Fault = {
    faultId,
    provider,
    operation,
    mode,
    delayMs: fields.wholeNumber('delayMs', 0, DELAY_MAX_MS) ?? defaultDelayMs(mode),
    status: fields.wholeNumber('status', 200, 599) ?? 500,
    retryAfterMs: fields.wholeNumber('retryAfterMs', 0, DELAY_MAX_MS) ?? 1_000,
    description: fields.text('description'),
    echo: fields.oneOf('echo', echoFields),
    probability: fields.probability('probability') ?? 1,
    seed,
    random: seededRandom(seed),
    remaining: fields.wholeNumber('count', 1, 1_000_000_000) ?? null,
    fired: 0,
  };
  fields.finish();
  return fault;
}
