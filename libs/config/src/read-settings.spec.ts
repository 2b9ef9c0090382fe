import { APP_SETTINGS, deriveKeys, readSettings, SETTINGS, SettingsError, stateRedisUrl, type AppName } from '../index';

/** The `.env` of the deployment manual, as it stands. */
const MANUAL = {
  PROJECT_NAME: 'AI Higress Gateway',
  DEBUG: 'false',
  DATABASE_URL: 'postgresql+asyncpg://postgres:password@localhost:5432/ai_gateway',
  REDIS_URL: 'redis://localhost:6379/0',
  JWT_SECRET_KEY: 'your-super-secret-key-at-least-32-chars',
  JWT_PRIVATE_KEY_PATH: '/app/security/private.pem',
  JWT_PUBLIC_KEY_PATH: '/app/security/public.pem',
  CELERY_BROKER_URL: 'redis://localhost:6379/1',
  CELERY_RESULT_BACKEND: 'redis://localhost:6379/1',
  LOG_LEVEL: 'INFO',
  LOG_JSON_FORMAT: 'true',
  LOG_FILE_PATH: '/var/log/gateway/app.log',
  RATE_LIMIT_EXTERNAL_RPM: '60',
  RATE_LIMIT_INTERNAL_RPM: '600',
  OUTBOUND_WHITELIST: 'api.openai.com,api.anthropic.com,api.cohere.ai',
};

const problemsOf = (app: AppName, env: Record<string, string>) => {
  try {
    readSettings(app, env);
    return [];
  } catch (error) {
    return (error as SettingsError).problems;
  }
};

describe('settings', () => {
  it.each(Object.keys(APP_SETTINGS) as AppName[])('starts %s from the manual’s .env unchanged', (app) => {
    expect(readSettings(app, MANUAL)).toMatchObject({ LOG_LEVEL: 'info', LOG_JSON_FORMAT: true });
  });

  it('holds the manual’s defaults', () => {
    expect(readSettings('gateway', MANUAL)).toMatchObject({
      API_V1_STR: '/api/v1', CACHE_PREFIX: 'ai_gateway:', RATE_LIMIT_EXTERNAL_TPM: 100_000, RATE_LIMIT_INTERNAL_TPM: 1_000_000, MAX_REQUEST_BYTES: 524_288,
      MAX_RESPONSE_BYTES: 2_097_152, GATEWAY_MAX_CONCURRENCY: 200, CIRCUIT_BREAKER_FAILURE_THRESHOLD: 5, CIRCUIT_BREAKER_RESET_SECONDS: 30, JWT_ALGORITHM: 'RS256', ACCESS_TOKEN_EXPIRE_MINUTES: 30,
      REFRESH_TOKEN_EXPIRE_DAYS: 7, PORT: 8000, OUTBOUND_WHITELIST: ['api.openai.com', 'api.anthropic.com', 'api.cohere.ai'],
    });
  });

  it('names every problem at once, and no value', () => {
    const problems = problemsOf('gateway', { ...MANUAL, PORT: 'canary', JWT_SECRET_KEY: 'canary', DEBUG: 'canary', DATABASE_URL: 'mysql://canary' });
    expect(problems.map((line) => line.split(':')[0]).sort()).toEqual(['DATABASE_URL', 'DEBUG', 'JWT_SECRET_KEY', 'PORT']);
    expect(problems.join()).not.toContain('canary');
  });

  it('names what is missing', () => {
    expect(problemsOf('gateway', {})).toEqual(['DATABASE_URL: is not set', 'JWT_SECRET_KEY: is not set']);
  });

  it('validates only what an app reads', () => {
    expect(problemsOf('scheduler', { JWT_SECRET_KEY: 'short', WORKER_CONCURRENCY: 'many' })).toEqual([]);
  });

  it('has no setting that nothing reads', () => {
    const read = new Set<string>(Object.values(APP_SETTINGS).flat());
    expect(Object.keys(SETTINGS).filter((name) => !read.has(name))).toEqual([]);
  });

  it('takes the state Redis from the first set of its three names', () => {
    expect(stateRedisUrl(readSettings('worker', MANUAL))).toBe('redis://localhost:6379/1');
    expect(stateRedisUrl(readSettings('worker', { ...MANUAL, QUEUE_REDIS_URL: 'redis://q' }))).toBe('redis://q');
  });

  it('derives missing keys, always the same, and says so', () => {
    const [a, b] = [deriveKeys(readSettings('gateway', MANUAL)), deriveKeys(readSettings('gateway', MANUAL))];
    expect(a.pepper).toEqual(b.pepper);
    expect(a.encryption.get(0)).toHaveLength(32);
    expect(a.warnings).toHaveLength(2);
    const given = deriveKeys(readSettings('gateway', { ...MANUAL, KEY_PEPPER: 'p'.repeat(32), ENCRYPTION_KEYS: `7:${Buffer.alloc(32, 1).toString('base64')}` }));
    expect(given.warnings).toEqual([]);
    expect(Math.max(...given.encryption.keys())).toBe(7);
  });

  it('goes on opening what a derived key has sealed when keys are set later', () => {
    const later = deriveKeys(readSettings('gateway', { ...MANUAL, ENCRYPTION_KEYS: `1:${Buffer.alloc(32, 1).toString('base64')}` }));
    expect(later.encryption.get(0)).toEqual(deriveKeys(readSettings('gateway', MANUAL)).encryption.get(0));
    const own = deriveKeys(readSettings('gateway', { ...MANUAL, ENCRYPTION_KEYS: `0:${Buffer.alloc(32, 1).toString('base64')}` }));
    expect(own.encryption.get(0)).toEqual(Buffer.alloc(32, 1));
  });
});
