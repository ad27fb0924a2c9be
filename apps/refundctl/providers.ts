import { createBraintreeReading } from '#libs/provider-braintree';
import type { HttpEdge, ProviderAccount, ProviderModule } from '#libs/provider-kit';
import { createRazorpayReading } from '#libs/provider-razorpay';
import { createRobokassaReading } from '#libs/provider-robokassa';

/** A provider as an operator's tool uses it: it reads and annotates. The port that moves money is not there, and a layer rule keeps it away. */
interface ReadingProvider {
  readonly module: ProviderModule;
  /** @throws when a setting is missing or malformed; the message names the setting and holds no value. */
  readAccount(source: {
    readonly name: string;
    readonly merchant: string;
    readonly settings: Readonly<Record<string, string>>;
  }): ProviderAccount;
}

type Create = (surroundings: { readonly edge: HttpEdge; readonly callTimeoutMs: number }) => ReadingProvider;

/** Every provider whose refunds can be looked at, and asked about while they are in review. */
export const PROVIDERS: ReadonlyMap<string, Create> = new Map<string, Create>([
  ['braintree', createBraintreeReading],
  ['razorpay', createRazorpayReading],
  ['robokassa', createRobokassaReading],
]);
