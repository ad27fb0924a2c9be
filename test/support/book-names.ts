/** Names of the accounts in the books where a test does not choose its own. */
export const BOOK_NAMES = {
  refunds: 'refunds:{provider}:{account}',
  provider: 'provider:{provider}:{account}',
  external: 'external:{provider}:{account}',
} as const;
