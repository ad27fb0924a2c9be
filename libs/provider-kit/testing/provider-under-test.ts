import type { Outcome } from '#libs/refund';
import type { HttpEdge } from '../http/edge.ts';
import type { Capabilities, ProviderAccount, ProviderModule } from '../ports.ts';
import type { RefundSubmitter } from '../submit/port.ts';

/** A part of an outcome that a case expects. */
export type ExpectedOutcome = { readonly kind: Outcome['kind'] } & Readonly<Record<string, unknown>>;

/** What the conformance suite needs to know about a provider. Everything else it learns through the ports and the sandbox. */
export interface ProviderUnderTest {
  /** Its name, also at the sandbox. */
  readonly name: string;
  /** Handed in by the spec file, because libs do not know apps. */
  readonly startSandbox: () => Promise<{ readonly url: string; close(): Promise<void> }>;
  readonly create: (surroundings: { readonly edge: HttpEdge; readonly callTimeoutMs: number }) => {
    readonly module: ProviderModule;
    readonly submitter: RefundSubmitter;
  };
  readonly account: (baseUrl: string) => ProviderAccount;
  readonly wrongAccount: (baseUrl: string) => ProviderAccount;
  /** Whatever must not appear in anything that is kept. */
  readonly secrets: readonly string[];
  readonly currency: string;
  readonly unknownPaymentId: string;
  /** Pinned here, so that a changed capability shows as a changed test. */
  readonly capabilities: Capabilities;
  /** Titles of the cases that the capabilities leave out. */
  readonly expectedSkips: readonly string[];
  /** `providerOptions` by which a caller sets the field that would otherwise carry our reference; null where there is none. */
  readonly ownReference: ((text: string) => Readonly<Record<string, unknown>>) | null;
  /** Fields of a sandbox payment that is not captured yet, and the code that a reading of it gives. */
  readonly notCaptured: { readonly fields: Readonly<Record<string, unknown>>; readonly code: string };
  /** Behaviour under which a new refund waits at the bank; null where every one does. */
  readonly staysPending: Readonly<Record<string, unknown>> | null;
  /** Behaviour under which the merchant's balance covers nothing; null where there is no such thing. */
  readonly emptyBalance: Readonly<Record<string, unknown>> | null;
  readonly outcomes: {
    readonly overTheRest: ExpectedOutcome;
    readonly fullyRefunded: ExpectedOutcome;
    readonly notCaptured: ExpectedOutcome;
    readonly notFound: ExpectedOutcome;
    readonly rateLimited: ExpectedOutcome;
    readonly wrongCredentials: ExpectedOutcome;
  };
  /** The provider's words, answered by the sandbox with this status, and what they mean. */
  readonly refusals: readonly {
    readonly httpStatus: number;
    readonly words: string;
    readonly outcome: ExpectedOutcome;
  }[];
}
