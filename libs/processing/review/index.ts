export { retryPolicy } from '../retry-policy.ts';
export type { CallLimits, ReviewAccount } from './review-account.ts';
export { Reviews, type Resolution, type Resolved, type ReviewOptions } from './reviews.ts';
