export { optionsOf } from '../executor/task.ts';
export { retryPolicy } from '../retry-policy.ts';
export type { ReviewAccount } from './review-account.ts';
export { Reviews, type Resolution, type Resolved } from './reviews.ts';
