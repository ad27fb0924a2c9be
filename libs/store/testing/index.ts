export {
  holdPauses,
  letGo,
  pauseAt,
  pausedBefore,
  pauseHere,
  Session,
  untilBlocked,
  without,
} from './interleaving.ts';
export {
  acceptRow,
  armRow,
  journalRow,
  lookAgainRow,
  settleRow,
  TO_UNKNOWN,
  webhookRow,
} from './sample-rows.ts';
export { acceptBatch, openStore, type StoreFixture } from './store-fixture.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export {
  acceptOn,
  armOn,
  claimLookUpsOn,
  claimOn,
  lookAgainOn,
  settleOn,
  takeWebhooksOn,
} from './raw-statements.ts';
export { dumpSchema } from './dump-schema.ts';
export { loadBacklog } from './backlog.ts';
export { planFaults } from './plan-faults.ts';
export { freezeRelease, frozenValues, previousRelease, type FrozenRelease } from './previous-release.ts';
