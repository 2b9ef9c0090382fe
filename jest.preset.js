/** What every Jest project here shares: swc for TypeScript, the workspace's import paths, and the ESM packages that Jest must transform. */
module.exports = {
  rootDir: __dirname,
  // What runs beside the tests (databases under .data and tmp) must not be searched for modules.
  roots: [`${__dirname}/libs`, `${__dirname}/apps`],
  testEnvironment: 'node',
  // Node's own fetch keeps globals of a spec file that is over, and Jest would warn of each.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', { configFile: `${__dirname}/.swcrc.jest.json` }] },
  transformIgnorePatterns: ['node_modules/(?!(jose|eventsource-parser|lru-cache)/)'],
  moduleNameMapper: { '^@higress/([a-z-]+)$': '<rootDir>/libs/$1/index.ts' },
};
