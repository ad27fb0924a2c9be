export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { acceptRow, journalRow, settleRow } from './sample-rows.ts';
