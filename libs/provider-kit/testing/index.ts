export { describeRefundProvider } from './describe-refund-provider.ts';
export { mappingsOf, type MappingRow } from './mappings-of.ts';
export type { ExpectedOutcome, ProviderUnderTest } from './provider-under-test.ts';
export { SandboxAdmin } from './sandbox-admin.ts';
