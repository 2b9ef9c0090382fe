import { randomBytes, randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FILE = 'keys.json';

/**
 * The secrets that the environment does not give, made once and kept. A JWT_SECRET_KEY from outside brings its own derived keys along.
 * @param {import('./data-dir.mjs').DataDir} dataDir
 * @param {Record<string, string>} env
 * @returns {Record<string, string>} what to add to the environment of the services
 */
export function developmentKeys(dataDir, env) {
  const kept = dataDir.readJson(FILE) ?? {};
  const keys = { ...newKeys(), ...kept };
  if (Object.keys(keys).some((name) => keys[name] !== kept[name])) dataDir.writeJson(FILE, keys);
  const { JWT_SECRET_KEY, KEY_PEPPER, ENCRYPTION_KEYS, ...others } = keys;
  const needed = env.JWT_SECRET_KEY === undefined ? keys : others;
  return Object.fromEntries(Object.entries(needed).filter(([name]) => env[name] === undefined));
}

function newKeys() {
  return {
    JWT_SECRET_KEY: randomBytes(48).toString('base64url'),
    KEY_PEPPER: randomBytes(48).toString('base64url'),
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString('base64')}`,
    BOOTSTRAP_ADMIN_PASSWORD: base62(20),
    DEMO_API_KEY: `sk-${base62(43)}`,
  };
}

function base62(length) {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}
