export { SANDBOX_TIMING, type AccountConfig, type Timing } from './account.ts';
export type { Books } from './books.ts';
export { configSecrets, type Config, type KafkaConfig, type LogLevel } from './config.ts';
export { ENVIRONMENT, type Variable } from './environment.ts';
export { ConfigurationError, type Fault } from './faults.ts';
export {
  EXECUTOR,
  LIMITS,
  RELAY,
  SEALER,
  type ExecutorLimits,
  type LimitRule,
  type Limits,
  type RelayLimits,
  type SealerLimits,
} from './limits.ts';
export { readConfig, type ReadOptions } from './read.ts';
export type { Environment } from './values.ts';
export { topicPlans, type TopicPlan, type Topics } from './topics.ts';
