import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { readEnvFile } from './env-file.mjs';

/**
 * @typedef {object} UpSettings
 * @property {Record<string, string>} env `.env` under the real environment; empty values count as absent
 * @property {string} dataDir
 * @property {string} host
 * @property {number} replicas
 * @property {{ gateway: number, worker: number, scheduler: number, board: number }} ports
 * @property {string | null} databaseUrl null: embedded
 * @property {string | null} stateRedisUrl null: embedded
 * @property {string | null} cacheRedisUrl null: embedded
 * @property {string | null} gatewayConfig null: a demo
 */

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {UpSettings}
 * @throws {Error} naming every variable that cannot be used
 */
export function readUpSettings(environment) {
  const given = { ...readEnvFile(join(ROOT, '.env')), ...environment };
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  const faults = [];
  const whole = (name, fallback, least, most) => {
    const text = env[name] ?? String(fallback);
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most)) faults.push(`${name} must be a whole number from ${least} to ${most}, and is "${text}".`);
    return value;
  };
  const port = (name, fallback) => whole(name, fallback, 1, 65_535);
  const settings = {
    env,
    dataDir: resolve(ROOT, env.DATA_DIR ?? '.data'),
    host: env.HOST ?? '127.0.0.1',
    replicas: whole('GATEWAY_REPLICAS', 1, 1, 32),
    ports: { gateway: port('PORT', 8000), worker: port('WORKER_PORT', 8011), scheduler: port('SCHEDULER_PORT', 8012), board: port('BOARD_PORT', 5555) },
    databaseUrl: env.DATABASE_URL ?? null,
    stateRedisUrl: env.QUEUE_REDIS_URL ?? env.CELERY_BROKER_URL ?? env.REDIS_URL ?? null,
    cacheRedisUrl: env.CACHE_REDIS_URL ?? env.REDIS_URL ?? null,
    gatewayConfig: gatewayConfig(env, faults),
  };
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return settings;
}

function gatewayConfig(env, faults) {
  if (env.GATEWAY_CONFIG === undefined) return existsSync(join(ROOT, 'gateway.yaml')) ? join(ROOT, 'gateway.yaml') : null;
  const file = isAbsolute(env.GATEWAY_CONFIG) ? env.GATEWAY_CONFIG : join(ROOT, env.GATEWAY_CONFIG);
  if (!existsSync(file)) faults.push(`GATEWAY_CONFIG names ${file}, which does not exist.`);
  return file;
}
