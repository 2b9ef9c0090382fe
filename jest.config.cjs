const preset = require('./jest.preset.js');

/** `unit` needs nothing; `integration` gets a real Postgres and Redis; `e2e` runs the built services on stores of their own. */
module.exports = {
  projects: [
    { ...preset, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps}/**/*.spec.ts'] },
    {
      ...preset,
      displayName: 'integration',
      testMatch: ['<rootDir>/{libs,apps}/**/*.int-spec.ts'],
    },
    { ...preset, displayName: 'e2e', testMatch: ['<rootDir>/apps/*/e2e/**/*.e2e-spec.ts'] },
  ],
};
