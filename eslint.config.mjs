import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const serverOnly = ['@nestjs/*', 'typeorm', 'pg', 'ioredis', 'bullmq', 'undici'];
const floor = (name, below, extra = {}) => ({ sourceTag: `type:${name}`, onlyDependOnLibsWithTags: below.map((b) => `type:${b}`), ...extra });

/** Imports go down the floors of CONTRIBUTING.md; features never import one another. */
const walls = [
  floor('kernel', ['kernel'], { bannedExternalImports: serverOnly }),
  floor('pure', ['kernel', 'pure'], { bannedExternalImports: serverOnly }),
  floor('platform', ['kernel', 'pure', 'platform']),
  floor('feature', ['kernel', 'pure', 'platform']),
  floor('flow', ['kernel', 'pure', 'platform', 'feature']),
  floor('app', ['kernel', 'pure', 'platform', 'feature', 'flow']),
  floor('testing', ['kernel', 'pure', 'platform']),
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
];
const wall = (depConstraints) => ['error', { enforceBuildableLibDependency: false, allow: [], depConstraints }];
const forbid = (selector, message) => ({ selector, message });

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**', '.nx/**', 'tmp/**', 'bench/**', 'coverage/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended.map((c) => ({ ...c, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parser: tseslint.parser, parserOptions: { project: false } },
    rules: {
      '@nx/enforce-module-boundaries': wall(walls),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read settings through @higress/config.' }],
      'no-restricted-syntax': [
        'error',
        forbid("MemberExpression[object.name='Scope'][property.name='REQUEST']", 'No request scope: pass the value as an argument.'),
        forbid("CallExpression[callee.name='forwardRef']", 'No forwardRef: break the cycle, or compose in a flow.'),
        forbid("Property[key.name='synchronize'][value.value=true]", 'No synchronize: write a migration.'),
      ],
    },
  },
  { files: ['libs/config/**/*.ts', 'libs/testing/**/*.ts', '**/*.spec.ts', '**/*.int-spec.ts', '**/e2e/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  // Specs may enter `testing`, which stands beside the stairs.
  {
    files: ['**/*.spec.ts', '**/*.int-spec.ts', '**/e2e/**/*.ts', '**/src/fixtures/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': wall(walls.map((w) => ({ ...w, onlyDependOnLibsWithTags: [...w.onlyDependOnLibsWithTags, 'type:testing'] }))) },
  },
);
