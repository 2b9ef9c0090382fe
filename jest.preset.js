/** What every Jest project here shares: swc for TypeScript, the workspace's import paths, and the ESM packages that Jest must transform. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  // Node's own fetch keeps globals of a spec file that is over, and Jest would warn of each.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', { configFile: `${__dirname}/.swcrc.jest.json` }] },
  transformIgnorePatterns: ['node_modules/(?!(jose|eventsource-parser|lru-cache)/)'],
  moduleNameMapper: { '^@higress/([a-z-]+)$': '<rootDir>/libs/$1/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/', '<rootDir>/tmp/', '<rootDir>/bench/'],
};
