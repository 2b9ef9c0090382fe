import type { SettingName } from './settings-table';

const logs = ['DEBUG', 'LOG_LEVEL', 'LOG_JSON_FORMAT', 'LOG_FILE_PATH'] as const;
const redis = ['REDIS_URL', 'QUEUE_REDIS_URL', 'CELERY_BROKER_URL', 'CELERY_RESULT_BACKEND', 'REQUIRE_SAFE_REDIS', 'CACHE_PREFIX'] as const;
const stores = [...redis, 'DATABASE_URL', 'DATABASE_POOL_SIZE', 'CACHE_REDIS_URL'] as const;
const sessions = ['JWT_SECRET_KEY', 'KEY_PEPPER', 'ENCRYPTION_KEYS', 'ACCESS_TOKEN_EXPIRE_MINUTES', 'REFRESH_TOKEN_EXPIRE_DAYS'] as const;
const tokens = [...sessions, 'JWT_ALGORITHM', 'JWT_PRIVATE_KEY_PATH', 'JWT_PUBLIC_KEY_PATH'] as const;
const server = [...logs, 'PROJECT_NAME', 'HOST'] as const;
const service = [...server, ...stores] as const;

/** Which app reads which settings; each validates only its own, so that a scheduler starts without a JWT secret. */
export const APP_SETTINGS = {
  gateway: [
    ...service, ...tokens, 'API_V1_STR', 'PORT', 'GATEWAY_WORKERS', 'GATEWAY_CONFIG', 'TRUSTED_PROXIES', 'CORS_ALLOWED_ORIGINS', 'SHUTDOWN_DELAY_SECONDS', 'SHUTDOWN_GRACE_SECONDS', 'SPOOL_DIR', 'CACHE_DEFAULT_TTL', 'RESPONSES_RETENTION_DAYS', 'BOOTSTRAP_ADMIN_EMAIL', 'BOOTSTRAP_ADMIN_PASSWORD',
    'RATE_LIMIT_EXTERNAL_RPM', 'RATE_LIMIT_EXTERNAL_TPM', 'RATE_LIMIT_INTERNAL_RPM', 'RATE_LIMIT_INTERNAL_TPM', 'RATE_LIMIT_GLOBAL_RPM', 'RATE_LIMIT_IP_RPM', 'RATE_LIMIT_IP_AUTHENTICATED_RPM',
    'RATE_LIMIT_DEGRADE_RPM', 'MAX_REQUEST_BYTES', 'MAX_UPLOAD_BYTES', 'MAX_RESPONSE_BYTES', 'MAX_STREAM_BYTES', 'GATEWAY_MAX_CONCURRENCY', 'GATEWAY_QUEUE_TIMEOUT', 'CIRCUIT_BREAKER_FAILURE_THRESHOLD',
    'CIRCUIT_BREAKER_RESET_SECONDS', 'OUTBOUND_WHITELIST', 'OUTBOUND_PRIVATE_ALLOW',
  ],
  worker: [...service, 'SHUTDOWN_GRACE_SECONDS', 'WORKER_PORT', 'WORKER_QUEUES', 'WORKER_CONCURRENCY', 'RESPONSES_RETENTION_DAYS'],
  scheduler: [...server, ...redis, 'SCHEDULER_PORT'],
  board: [...server, ...redis, ...sessions, 'DATABASE_URL', 'BOARD_PORT', 'TRUSTED_PROXIES'],
  /** Commands of ctl that touch Postgres alone, so that a migration job needs no secret. */
  'ctl-database': [...logs, 'DATABASE_URL'],
  ctl: [...logs, ...stores, ...tokens, 'GATEWAY_CONFIG', 'BOOTSTRAP_ADMIN_EMAIL', 'BOOTSTRAP_ADMIN_PASSWORD'],
} as const satisfies Record<string, readonly SettingName[]>;

export type AppName = keyof typeof APP_SETTINGS;

/** The services and the operator's tool, without the share of the tool that needs Postgres alone. */
export const APPS = (Object.keys(APP_SETTINGS) as AppName[]).filter((app) => app !== 'ctl-database');
