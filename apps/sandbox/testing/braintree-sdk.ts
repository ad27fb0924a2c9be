import type { TransactionStatus } from '../braintree/transaction.ts';

// The vendor's own library as a client that knows nothing of the sandbox. Its typings leave half of this out.

export interface SdkTransaction {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly type: string;
  readonly status: TransactionStatus;
  readonly amount: string;
  readonly orderId: string | null;
  readonly refundIds: readonly string[];
  readonly statusHistory: readonly { readonly status: string; readonly amount: string }[];
  lineItems(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}
interface SdkError {
  readonly attribute: string;
  readonly code: string;
  readonly message: string;
}
interface SdkErrors {
  deepErrors(): readonly SdkError[];
  for(name: string): SdkErrors;
  forIndex(index: number): SdkErrors;
  on(attribute: string): readonly SdkError[];
}
export interface SdkResult {
  readonly success: boolean;
  readonly transaction: SdkTransaction;
  readonly errors: SdkErrors;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}
type Criterion = Readonly<Record<string, (...values: unknown[]) => unknown>>;
export type Search = Readonly<Record<string, () => Criterion>>;
interface SdkSearchResponse {
  length(): number;
  each(callback: (error: unknown, transaction: SdkTransaction) => void): void;
}
interface SdkTransactionGateway {
  sale(attributes: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  credit(attributes: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  refund(id: string, options?: unknown): Promise<SdkResult>;
  void(id: string, options?: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  submitForSettlement(id: string, amount?: string, options?: unknown): Promise<SdkResult>;
  find(id: string): Promise<SdkTransaction>;
  search(
    describe: (search: Search) => void,
    callback?: (error: unknown, response: SdkSearchResponse) => void,
  ): AsyncIterable<SdkTransaction> & { destroy(): void };
}
export interface SdkGateway {
  readonly transaction: SdkTransactionGateway;
  readonly transactionLineItem: {
    findAll(id: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  };
  readonly testing: Readonly<
    Record<
      'settle' | 'settlementPending' | 'settlementConfirm' | 'settlementDecline',
      (id: string) => Promise<{
        readonly transaction: SdkTransaction;
        readonly apiErrorResponse?: { readonly message: string };
      }>
    >
  >;
  readonly webhookNotification: {
    parse(
      signature: string,
      payload: string,
    ): Promise<{ readonly kind: string; readonly transaction: SdkTransaction }>;
  };
}

type Credentials = Readonly<Partial<Record<'merchantId' | 'publicKey' | 'privateKey', string>>>;

/** A gateway with the sandbox's own credentials, some of them replaced. */
export type GatewayWith = (credentials: Credentials) => SdkGateway;

/** Loads the library for one sandbox: it reads host and port from the environment once, when it is loaded. */
export async function loadBraintreeSdk(port: number): Promise<GatewayWith> {
  process.env['GATEWAY_HOST'] = '127.0.0.1';
  process.env['GATEWAY_PORT'] = String(port);
  const { default: braintree } = await import('braintree');
  return (credentials) =>
    new braintree.BraintreeGateway({
      environment: braintree.Environment.Development,
      merchantId: 'sandbox_merchant',
      publicKey: 'sandbox_public',
      privateKey: 'sandbox_private',
      ...credentials,
    }) as unknown as SdkGateway;
}

/** The broken rules of a result, as `attribute code`. */
export function brokenRules(result: SdkResult): string[] {
  return result.errors.deepErrors().map(({ attribute, code }) => `${attribute} ${code}`);
}

/** The library's own word for why a call was rejected. */
export async function errorTypeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return (error as { type?: unknown }).type;
  }
  throw new Error('the call was expected to be refused');
}

export const testCard = { number: '4111111111111111', expirationDate: '12/2035' };

/** A payment made the vendor's way: sale, settlement, and nothing of the sandbox's own surface. */
export async function settledSale(
  gateway: SdkGateway,
  amount: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { transaction } = await gateway.transaction.sale({
    amount,
    creditCard: testCard,
    options: { submitForSettlement: true },
    ...more,
  });
  await gateway.testing.settle(transaction.id);
  return transaction.id;
}
