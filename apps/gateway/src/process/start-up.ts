import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockedAddresses, Users } from '@higress/auth';
import { applyGatewayFile, type Catalog, GatewayFileError, readGatewayFile } from '@higress/catalog';
import { environment, type Keys, type Settings } from '@higress/config';
import { type Desk, isDatabaseAway, isSchemaCurrent, type Sealer } from '@higress/database';
import type { Logger } from 'pino';
import type { Stores } from './stores';

const DEFAULT_FILE = 'gateway.yaml';
const RETRY_MS = 1_000;
const NO_SUCH_DATABASE = '3D000';

export interface StartUpParts {
  readonly settings: Settings<'gateway'>;
  readonly stores: Stores;
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly catalog: Catalog;
  readonly desk: Desk;
  readonly blocked: BlockedAddresses;
  readonly users: Users;
  readonly logger: Logger;
}

/**
 * What a gateway does once Postgres is there and migrated: makes the first owner, applies gateway.yaml, loads the catalog and the blocked addresses.
 * Waits for Postgres and for the migrations as long as it takes; `/ready` says which of them is missing.
 * @throws GatewayFileError when the file is not valid: a gateway that would serve less than it was told to does not start;
 * Error when the database's login cannot work at a desk
 */
export async function startUp(parts: StartUpParts, signal: AbortSignal): Promise<void> {
  const { stores, blocked, catalog, desk, users, settings, logger } = parts;
  readDeclared(settings);
  await until(signal, logger, async () => {
    for (const source of [stores.requests, stores.background, stores.billing]) if (!source.isInitialized) await source.initialize();
    if (!(await isSchemaCurrent(stores.background))) return false;
    // Each can be done again, should Postgres go away meanwhile.
    await desk.check();
    await makeFirstOwner(users, settings);
    await applyDeclared(parts);
    return true;
  });
  if (!signal.aborted) await Promise.all([catalog.start(), blocked.start()]);
}

async function makeFirstOwner(users: Users, settings: Settings<'gateway'>): Promise<void> {
  const owner = await users.bootstrapOwner({ email: settings.BOOTSTRAP_ADMIN_EMAIL, password: settings.BOOTSTRAP_ADMIN_PASSWORD?.reveal() });
  if (owner?.generatedPassword) console.log(`\nThe first owner was made. This is shown once:\n  e-mail    ${owner.email}\n  password  ${owner.generatedPassword}\n`);
}

/** Applies gateway.yaml, if there is one; on SIGHUP again. Keys that it made are printed once, never logged. */
export async function applyDeclared({ settings, stores, keys, sealer, logger }: StartUpParts): Promise<void> {
  const file = readDeclared(settings);
  if (!file) return;
  const report = await applyGatewayFile(stores.background, file, { sealer, pepper: keys.pepper, announcements: stores.announcements });
  logger.info({ created: report.created, updated: report.updated, disabled: report.disabled, left_revoked: report.leftRevoked }, 'gateway.yaml applied');
  for (const { tenant, name, value } of report.keysMade) console.log(`\nAn API key was made for ${tenant}/${name}. This is shown once:\n  ${value}\n`);
}

function readDeclared(settings: Settings<'gateway'>) {
  const path = settings.GATEWAY_CONFIG ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  if (path === undefined) return null;
  if (!existsSync(path)) throw new GatewayFileError([{ path: 'GATEWAY_CONFIG', message: `names ${path}, which does not exist` }]);
  return readGatewayFile(readFileSync(path, 'utf8'), environment());
}

async function until(signal: AbortSignal, logger: Logger, ready: () => Promise<boolean>): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    const missing = await ready().then(
      (isReady) => (isReady ? null : 'the database is not migrated yet: run `ctl migrate up`'),
      (error: unknown) => {
        if ((error as { code?: unknown }).code === NO_SUCH_DATABASE) return 'the database does not exist yet: run `ctl migrate up`';
        if (!isDatabaseAway(error)) throw error;
        return 'Postgres is away';
      },
    );
    if (missing === null) return;
    if (missing !== told) logger.warn(`waiting: ${missing}`);
    told = missing;
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
