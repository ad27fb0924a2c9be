export { LOCAL_STACK_ERROR_CODES, LocalStackError, type LocalStackErrorCode } from './errors.ts';
export {
  type LocalPostgres,
  type PostgresOptions,
  startPostgres,
  startThrowawayPostgres,
} from './postgres/start.ts';
