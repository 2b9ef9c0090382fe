const preset = require('./jest.preset.js');

/** What starts and ends the Postgres and Redis of a run; both files run once even when two projects ask for them. */
const withStores = { globalSetup: '<rootDir>/tools/test/stores.setup.cjs', globalTeardown: '<rootDir>/tools/test/stores.teardown.cjs' };

/** `unit` needs nothing; `integration` gets a real Postgres and Redis; `e2e` runs the built services on stores of their own. */
module.exports = {
  testTimeout: 120_000,
  projects: [
    { ...preset, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps}/**/*.spec.ts'] },
    { ...preset, ...withStores, displayName: 'integration', testMatch: ['<rootDir>/{libs,apps}/**/*.int-spec.ts'] },
    { ...preset, ...withStores, displayName: 'e2e', testMatch: ['<rootDir>/apps/*/e2e/**/*.e2e-spec.ts'] },
  ],
};
