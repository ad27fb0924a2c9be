export { describeRefundProvider } from './describe-refund-provider.ts';
export type { ExpectedOutcome, ProviderUnderTest } from './provider-under-test.ts';
