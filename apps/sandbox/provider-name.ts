export const providerNames = ['acme', 'braintree', 'razorpay', 'robokassa'] as const;
export type ProviderName = (typeof providerNames)[number];
