// Suffix = price: unit has no I/O, int needs PostgreSQL or Kafka, contract runs a suite every adapter must pass, e2e runs the apps.
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '@swc/jest' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
const servers = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};
const project = (kind, extra = {}) => ({
  ...base,
  displayName: kind,
  testMatch: [`**/*.${kind}.spec.ts`],
  ...extra,
});

export default {
  projects: [project('unit'), project('int', servers), project('contract', servers), project('e2e', servers)],
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.ts'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['apps/**/*.ts', 'libs/**/*.ts', '!**/*.spec.ts'],
};
