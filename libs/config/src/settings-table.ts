import { z } from 'zod';
import { flag, integer, list, oneOf, seconds, secret, text, url, type Setting } from './setting-types';

const MIB = 1024 * 1024;
const cidr = /^[0-9a-fA-F:.]+(\/\d{1,3})?$/;
const cidrs = list.refine((items) => items.every((item) => cidr.test(item)), 'must be a comma-separated list of addresses or CIDRs');
const origins = list.refine((items) => items.every((item) => item === '*' || /^https?:\/\/[^/\s,]+$/.test(item)), 'must be a comma-separated list of origins such as https://app.example');
const QUEUE_NAMES = ['default', 'internal', 'external', 'billing', 'retry'];
const queues = list.refine((items) => items.length > 0 && items.every((item) => QUEUE_NAMES.includes(item)), `must be a comma-separated list of ${QUEUE_NAMES.join(', ')}`);
const redisUrl = url('redis', 'rediss', 'redis+cluster', 'rediss+cluster');
const postgresUrl = url('postgres', 'postgresql', 'postgresql+asyncpg', 'postgresql+psycopg');
const versionedKeys = z
  .string()
  .regex(/^\d+:[A-Za-z0-9+/_-]{43}=?(,\d+:[A-Za-z0-9+/_-]{43}=?)*$/, 'must look like 1:<32 bytes in base64>[,2:<…>]')
  .pipe(secret(1));

/**
 * Every setting of every service: its rule, its default and what it is for.
 * `.env.example` and `docs/configuration.md` are generated from this table, and no other code reads the environment.
 */
export const SETTINGS = {
  PROJECT_NAME: { group: 'Basics', fallback: 'AI Higress Gateway', schema: text, doc: 'Title of the API docs, the board and the metrics.' },
  API_V1_STR: { group: 'Basics', fallback: '/api/v1', schema: z.string().regex(/^\/[A-Za-z0-9/_-]*[A-Za-z0-9_-]$/, 'must begin with / and not end with it'), doc: 'Path prefix of the management API.' },
  DEBUG: { group: 'Basics', fallback: 'false', schema: flag, doc: 'Logs at level debug, SQL included.' },
  HOST: { group: 'Basics', fallback: '0.0.0.0', schema: text, doc: 'Address that a service listens on.' },
  PORT: { group: 'Basics', fallback: '8000', schema: integer(0, 65535), doc: 'Port of the gateway.' },
  WORKER_PORT: { group: 'Basics', fallback: '8011', schema: integer(0, 65535), doc: 'Port of the worker’s `/health`, `/ready` and `/metrics`.' },
  SCHEDULER_PORT: { group: 'Basics', fallback: '8012', schema: integer(0, 65535), doc: 'Port of the scheduler’s `/health`, `/ready` and `/metrics`.' },
  BOARD_PORT: { group: 'Basics', fallback: '5555', schema: integer(0, 65535), doc: 'Port of the queue board.' },
  GATEWAY_WORKERS: { group: 'Basics', fallback: '1', schema: integer(1, 64), doc: 'Gateway processes in one container; they share the port.' },
  GATEWAY_CONFIG: { group: 'Basics', schema: text, doc: 'File with providers, models, prices, tenants and keys. `gateway.yaml` in the working directory where it exists.' },
  TRUSTED_PROXIES: { group: 'Basics', fallback: '', schema: cidrs, doc: 'CIDRs of the load balancers whose `X-Forwarded-For` is believed.' },
  CORS_ALLOWED_ORIGINS: { group: 'Basics', fallback: '', schema: origins, doc: 'Origins whose pages may call from a browser, `https://app.example`, comma-separated; `*` is all. Empty: none but our own.' },
  SHUTDOWN_DELAY_SECONDS: { group: 'Basics', fallback: '5', schema: seconds(0, 300), doc: 'How long after SIGTERM new requests are still taken, so that a load balancer can see `/ready` turn 503.' },
  SHUTDOWN_GRACE_SECONDS: { group: 'Basics', fallback: '120', schema: seconds(0, 3600), doc: 'How long running requests and jobs may take to end after SIGTERM.' },

  DATABASE_URL: { group: 'Stores', required: true, secret: true, schema: postgresUrl, doc: 'Postgres 14 or newer. `postgresql+asyncpg://` is read as `postgresql://`, `ssl=` as `sslmode=`.' },
  DATABASE_POOL_SIZE: { group: 'Stores', fallback: '10', schema: integer(2, 500), doc: 'Postgres connections of one process for requests. Background work has a pool of its own, of half that size.' },
  REDIS_URL: { group: 'Stores', fallback: 'redis://localhost:6379/0', secret: true, schema: redisUrl, doc: 'Redis 6.2 or newer; `redis+cluster://h1:p,h2:p` names a cluster.' },
  QUEUE_REDIS_URL: { group: 'Stores', secret: true, schema: redisUrl, doc: 'State Redis: queues, limits, invalidation, breakers. Must not evict. The first set of this, `CELERY_BROKER_URL` and `REDIS_URL`.' },
  CELERY_BROKER_URL: { group: 'Stores', secret: true, schema: redisUrl, doc: 'The older name of `QUEUE_REDIS_URL`.' },
  CELERY_RESULT_BACKEND: { group: 'Stores', secret: true, schema: text, doc: 'Accepted, and has no effect: results are kept by the queue itself.' },
  CACHE_REDIS_URL: { group: 'Stores', secret: true, schema: redisUrl, doc: 'Cache Redis; may evict. Else `REDIS_URL`.' },
  REQUIRE_SAFE_REDIS: { group: 'Stores', fallback: 'false', schema: flag, doc: 'Stop at start when the state Redis may evict keys or does not persist them. Otherwise a warning.' },
  CACHE_PREFIX: { group: 'Stores', fallback: 'ai_gateway:', schema: z.string().regex(/^[^\s{}]+$/, 'must not hold spaces or braces'), doc: 'Prefix of every key in Redis.' },
  CACHE_DEFAULT_TTL: { group: 'Stores', fallback: '300', schema: integer(1, 86_400), doc: 'How long an answer is kept in the response cache, in seconds, where the request does not say.' },
  RESPONSES_RETENTION_DAYS: { group: 'Stores', fallback: '30', schema: integer(0, 3650), doc: 'How many days a response is kept for `GET /v1/responses/{id}` and `previous_response_id`. 0: none is kept. Shortening it holds for what is there, too.' },
  SPOOL_DIR: { group: 'Stores', fallback: 'spool', schema: text, doc: 'Folder of the charges that Postgres has not confirmed yet. A volume that outlives the container.' },

  JWT_ALGORITHM: { group: 'Secrets', fallback: 'RS256', schema: oneOf('RS256', 'HS256'), doc: 'How access tokens are signed.' },
  JWT_SECRET_KEY: { group: 'Secrets', secret: true, required: true, schema: secret(32), doc: 'At least 32 characters. Signs HS256 tokens, and is what missing keys below are derived from.' },
  JWT_PRIVATE_KEY_PATH: { group: 'Secrets', schema: text, doc: 'PEM file. Without it a key pair is made once and kept encrypted in Postgres for all pods.' },
  JWT_PUBLIC_KEY_PATH: { group: 'Secrets', schema: text, doc: 'PEM file of the public half; several, comma-separated, while keys rotate.' },
  ACCESS_TOKEN_EXPIRE_MINUTES: { group: 'Secrets', fallback: '30', schema: integer(1, 1440), doc: 'Life of an access token.' },
  REFRESH_TOKEN_EXPIRE_DAYS: { group: 'Secrets', fallback: '7', schema: integer(1, 365), doc: 'Life of a refresh token.' },
  KEY_PEPPER: { group: 'Secrets', secret: true, schema: secret(32), doc: 'API keys are kept as HMAC-SHA256 under this. Derived from `JWT_SECRET_KEY` when not set. Changing it invalidates every key.' },
  ENCRYPTION_KEYS: { group: 'Secrets', secret: true, schema: versionedKeys, doc: 'AES-256 keys for provider credentials, `1:<32 bytes in base64>,2:<…>`; the highest number encrypts, all decrypt. Derived from `JWT_SECRET_KEY` when not set.' },
  BOOTSTRAP_ADMIN_EMAIL: { group: 'Secrets', fallback: 'owner@localhost', schema: z.string().regex(/^[^@\s]+@[^@\s]+$/, 'must be an e-mail address'), doc: 'The first owner, made once.' },
  BOOTSTRAP_ADMIN_PASSWORD: { group: 'Secrets', secret: true, schema: secret(12), doc: 'Password of the first owner, at least 12 characters. Without it one is generated and printed once.' },

  RATE_LIMIT_EXTERNAL_RPM: { group: 'Limits', fallback: '60', schema: integer(0), doc: 'Requests per minute of a key, and of a tenant, on the external channel, unless it has its own. 0: none.' },
  RATE_LIMIT_EXTERNAL_TPM: { group: 'Limits', fallback: '100000', schema: integer(0), doc: 'Tokens per minute, likewise.' },
  RATE_LIMIT_INTERNAL_RPM: { group: 'Limits', fallback: '600', schema: integer(0), doc: 'Requests per minute on the internal channel.' },
  RATE_LIMIT_INTERNAL_TPM: { group: 'Limits', fallback: '1000000', schema: integer(0), doc: 'Tokens per minute on the internal channel.' },
  RATE_LIMIT_GLOBAL_RPM: { group: 'Limits', fallback: '0', schema: integer(0), doc: 'Requests per minute of the whole installation. 0: none.' },
  RATE_LIMIT_IP_RPM: { group: 'Limits', fallback: '600', schema: integer(0), doc: 'Calls per minute and address without authentication, or with a failed one. 0: none.' },
  RATE_LIMIT_IP_AUTHENTICATED_RPM: { group: 'Limits', fallback: '0', schema: integer(0), doc: 'Requests per minute and address of authenticated callers. 0: none.' },
  RATE_LIMIT_DEGRADE_RPM: { group: 'Limits', fallback: '120', schema: integer(1), doc: 'Upper bound per key and process while Redis is away.' },
  MAX_REQUEST_BYTES: { group: 'Limits', fallback: String(MIB / 2), schema: integer(1024), doc: 'Largest JSON request.' },
  MAX_UPLOAD_BYTES: { group: 'Limits', fallback: String(25 * MIB), schema: integer(1024), doc: 'Largest form with files (`multipart/form-data`). Ten of this size are held in memory at the same time at most.' },
  MAX_RESPONSE_BYTES: { group: 'Limits', fallback: String(2 * MIB), schema: integer(1024), doc: 'Largest JSON answer of a provider.' },
  MAX_STREAM_BYTES: { group: 'Limits', fallback: String(64 * MIB), schema: integer(1024), doc: 'Largest streamed answer, and largest answer of pictures or sound.' },
  GATEWAY_MAX_CONCURRENCY: { group: 'Limits', fallback: '200', schema: integer(1), doc: 'Requests that one process runs at the same time.' },
  GATEWAY_QUEUE_TIMEOUT: { group: 'Limits', fallback: '0.25', schema: seconds(0, 60), doc: 'How long, in seconds, a request waits for its turn before 503 `OVERLOADED`.' },

  CIRCUIT_BREAKER_FAILURE_THRESHOLD: { group: 'Providers', fallback: '5', schema: integer(1), doc: 'Consecutive failures after which a deployment is not called.' },
  CIRCUIT_BREAKER_RESET_SECONDS: { group: 'Providers', fallback: '30', schema: seconds(0.05, 3600), doc: 'How long until it is tried again.' },
  OUTBOUND_WHITELIST: { group: 'Providers', fallback: '', schema: list, doc: 'Hosts that may be called, comma-separated. Empty: any public host.' },
  OUTBOUND_PRIVATE_ALLOW: { group: 'Providers', fallback: '', schema: cidrs, doc: 'CIDRs of private addresses that may be called all the same, for a local model server.' },

  WORKER_QUEUES: { group: 'Queues', fallback: QUEUE_NAMES.join(','), schema: queues, doc: 'Queues that a worker takes jobs from.' },
  WORKER_CONCURRENCY: { group: 'Queues', fallback: '4', schema: integer(1, 1000), doc: 'Jobs that a worker runs at the same time, per queue.' },

  LOG_LEVEL: { group: 'Logs', fallback: 'INFO', schema: z.string().toLowerCase().transform((level) => (level === 'warning' ? 'warn' : level === 'critical' ? 'fatal' : level)).pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'must be one of trace, debug, info, warn, error, fatal')), doc: 'Lines below this level are dropped. Case does not matter.' },
  LOG_JSON_FORMAT: { group: 'Logs', fallback: 'false', schema: flag, doc: 'JSON lines instead of lines for people.' },
  LOG_FILE_PATH: { group: 'Logs', schema: text, doc: 'Also write the log to this file, always as JSON. Where it cannot be opened the log stays on stdout.' },
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
