export const providerNames = ['braintree', 'razorpay', 'robokassa'] as const;
export type ProviderName = (typeof providerNames)[number];
