import type { Outcome } from '#libs/refund';
import type { HttpEdge } from '../http/edge.ts';
import type { Capabilities, ProviderAccount, ProviderModule } from '../ports.ts';
import type { RefundSubmitter } from '../submit/port.ts';

/** A part of an outcome that a case expects. */
export type ExpectedOutcome = { readonly kind: Outcome['kind'] } & Readonly<Record<string, unknown>>;

/** A thing that the request says and an answer may repeat. */
export type EchoField = 'amount' | 'currency' | 'payment';

/** A refund that the bank refuses in the answer itself. */
interface DeclineAtOnce {
  readonly what: string;
  readonly paymentAmount: string;
  readonly paymentFields?: Readonly<Record<string, unknown>>;
  readonly behaviour?: Readonly<Record<string, unknown>>;
  readonly amount: string;
  readonly outcome: ExpectedOutcome;
}

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
  /** Titles of the cases that the capabilities and the members below leave out. */
  readonly expectedSkips: readonly string[];
  /** `providerOptions` by which a caller sets the field that would otherwise carry our reference; null where there is none. */
  readonly ownReference: ((text: string) => Readonly<Record<string, unknown>>) | null;
  /** What a look-up concludes among refunds of one amount that carry the caller's own texts, where that text is all they carry; `found` when absent. */
  readonly ownReferenceLookUp?: 'found' | 'perhaps';
  /** Fields of every payment that the suite makes, beside amount and currency. */
  readonly paymentFields?: Readonly<Record<string, unknown>>;
  /** True where an attempt is prepared from a reading of its payment: the suite then reads each payment first. */
  readonly preparesFromReading?: boolean;
  /** False where a reading does not show what went back; true when absent. */
  readonly readingShowsRefunds?: boolean;
  /** False where look-ups carry no credentials; true when absent. */
  readonly lookUpIsAuthenticated?: boolean;
  /** What the answers repeat of the request, and so can be wrong about; everything when absent. */
  readonly echoes?: { readonly create: readonly EchoField[]; readonly lookUp: readonly EchoField[] };
  /** The sandbox's word for a bank that refuses a pending refund; `fail` when absent. */
  readonly laterRefusal?: 'decline' | 'fail' | 'cancel';
  /** What a look-up says then; `declined` when absent. */
  readonly laterRefused?: ExpectedOutcome;
  /** False where money that arrived cannot come back at this provider; true when absent. */
  readonly canReverse?: boolean;
  /** Refunds that the bank refuses at once; none when absent. */
  readonly declines?: readonly DeclineAtOnce[];
  /** Fields of a payment whose refund sends a webhook; those of every payment when absent. */
  readonly webhookPaymentFields?: Readonly<Record<string, unknown>>;
  /** Where a webhook carries its signature; in a header when absent. */
  readonly webhookSignature?: 'header' | 'body';
  /** Fields of a payment whose full refund is a void; with the capability `void`. */
  readonly voidable?: { readonly fields: Readonly<Record<string, unknown>> };
  /** Fields of a sandbox payment that is not captured yet, and the code that a reading of it gives. */
  readonly notCaptured: { readonly fields: Readonly<Record<string, unknown>>; readonly code: string };
  /** Behaviour under which a new refund waits at the bank; null where every one does. */
  readonly staysPending: Readonly<Record<string, unknown>> | null;
  /** Behaviour under which the merchant's balance covers nothing; null where there is no such thing. */
  readonly emptyBalance: Readonly<Record<string, unknown>> | null;
  readonly outcomes: {
    readonly overTheRest: ExpectedOutcome;
    readonly fullyRefunded: ExpectedOutcome;
    /** Null where no attempt can be prepared for such a payment. */
    readonly notCaptured: ExpectedOutcome | null;
    readonly notFound: ExpectedOutcome | null;
    readonly rateLimited: ExpectedOutcome;
    readonly wrongCredentials: ExpectedOutcome;
  };
  /** The provider's words, answered by the sandbox with this status (also 200), and what they mean. */
  readonly refusals: readonly {
    readonly httpStatus: number;
    readonly words: string;
    readonly outcome: ExpectedOutcome;
  }[];
}
