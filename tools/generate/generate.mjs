#!/usr/bin/env node
// Writes what is never typed twice: .env.example and docs/configuration.md from the settings table, docs/errors.md from the error table, docs/permissions.md from
// the permissions and the management routes, the gateway's OpenAPI document from the controllers and their schemas, and the client's types from that.
// With --check it writes nothing and fails when a file is stale. Needs `npm run build` before it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientTypes } from './client-types.mjs';
import { compatibilityPage } from './compatibility-page.mjs';
import { configurationPage } from './configuration-page.mjs';
import { envExample } from './env-example.mjs';
import { errorsPage } from './errors-page.mjs';
import { permissionsPage } from './permissions-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const builtFile = (file) => {
  const path = join(root, 'dist', file);
  if (!existsSync(path)) throw new Error(`dist/${file} is missing: run \`npm run build\` first`);
  return createRequire(import.meta.url)(path);
};
const built = (lib) => builtFile(`libs/${lib}/index.js`);

const { SETTINGS, APP_SETTINGS } = built('config');
const { ERROR_TABLE } = built('kernel');
const { ManagementModule } = builtFile('apps/gateway/src/management/management.module.js');
const { offlineDocument } = builtFile('apps/gateway/src/docs/offline-document.js');
const { managementRoutes } = builtFile('apps/gateway/src/management/access/management-routes.js');

const document = await offlineDocument();

const files = {
  '.env.example': envExample(SETTINGS),
  'docs/configuration.md': configurationPage(SETTINGS, APP_SETTINGS),
  'docs/compatibility.md': compatibilityPage(built('providers')),
  'docs/errors.md': errorsPage(ERROR_TABLE),
  'docs/permissions.md': permissionsPage(built('auth'), managementRoutes(ManagementModule)),
  'apps/gateway/src/docs/openapi.generated.json': `${JSON.stringify(document, null, 1)}\n`,
  'libs/client/src/operations.generated.ts': clientTypes(document, SETTINGS.API_V1_STR.fallback),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, text] of Object.entries(files)) {
  const at = join(root, path);
  if (existsSync(at) && readFileSync(at, 'utf8') === text) continue;
  if (check) {
    stale++;
    console.error(`${path} is stale: run \`npm run generate\``);
  } else {
    writeFileSync(at, text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
