export { LOCAL_STACK_ERROR_CODES, LocalStackError, type LocalStackErrorCode } from './errors.ts';
export { type KafkaOptions, type LocalKafka, startKafka, startThrowawayKafka } from './kafka/start.ts';
export { kafkaAvailable, type KafkaAvailability } from './kafka/tools.ts';
export {
  type LocalPostgres,
  type PostgresOptions,
  startPostgres,
  startThrowawayPostgres,
} from './postgres/start.ts';
