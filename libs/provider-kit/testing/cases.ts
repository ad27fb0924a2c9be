import type { Harness } from './harness.ts';
import type { EchoField, ProviderUnderTest } from './provider-under-test.ts';

/** What a case needs the provider to have. The last kind: the answer to that call repeats that field. */
export type Feature =
  | 'partials'
  | 'sameKey'
  | 'lookUpByReference'
  | 'lookUpById'
  | 'ownReference'
  | 'balance'
  | 'listing'
  | 'webhooks'
  | 'readingShowsRefunds'
  | 'lookUpIsAuthenticated'
  | 'unreadablePayments'
  | 'uncapturedAttempts'
  | 'reversals'
  | 'declinesAtOnce'
  | 'voids'
  | `${'create' | 'lookUp'}Echo.${EchoField}`;

export const ECHO_FIELDS: readonly EchoField[] = ['amount', 'currency', 'payment'];

type Body = (harness: Harness) => Promise<void>;

/** The cases of one suite: runs what the provider has, skips the rest aloud, and remembers what was skipped. */
export class Cases {
  readonly skipped: string[] = [];
  readonly subject: ProviderUnderTest;
  readonly #features: ReadonlySet<Feature>;
  readonly #harness: () => Harness;

  constructor(subject: ProviderUnderTest, features: ReadonlySet<Feature>, harness: () => Harness) {
    this.subject = subject;
    this.#features = features;
    this.#harness = harness;
  }

  add(title: string, needs: readonly Feature[], body: Body): void {
    const missing = needs.filter((feature) => !this.#features.has(feature));
    if (missing.length === 0) {
      it(title, async () => {
        await body(this.#harness());
      });
      return;
    }
    this.skipped.push(title);
    it.skip(`${title} (has no ${missing.join(', ')})`, () => undefined);
  }
}

export function featuresOf(subject: ProviderUnderTest, canList: boolean): ReadonlySet<Feature> {
  const { capabilities } = subject;
  const features: readonly (readonly [Feature, boolean])[] = [
    ['partials', capabilities.partials],
    ['sameKey', capabilities.resend === 'sameKey'],
    ['lookUpByReference', capabilities.lookUp.includes('reference')],
    ['lookUpById', capabilities.lookUp.includes('providerRefundId')],
    ['ownReference', subject.ownReference !== null],
    ['balance', subject.emptyBalance !== null],
    ['listing', canList],
    ['webhooks', capabilities.webhooks],
    ['readingShowsRefunds', subject.readingShowsRefunds !== false],
    ['lookUpIsAuthenticated', subject.lookUpIsAuthenticated !== false],
    ['unreadablePayments', subject.outcomes.notFound !== null],
    ['uncapturedAttempts', subject.outcomes.notCaptured !== null],
    ['reversals', subject.canReverse !== false],
    ['declinesAtOnce', (subject.declines ?? []).length > 0],
    ['voids', capabilities.void && subject.voidable !== undefined],
    ...ECHO_FIELDS.flatMap((field): readonly (readonly [Feature, boolean])[] => [
      [`createEcho.${field}`, (subject.echoes?.create ?? ECHO_FIELDS).includes(field)],
      [`lookUpEcho.${field}`, (subject.echoes?.lookUp ?? ECHO_FIELDS).includes(field)],
    ]),
  ];
  return new Set(features.filter(([, has]) => has).map(([feature]) => feature));
}
