import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AccessTokens, ApiKeys, BlockedAddresses, KeyEditor, KeyRing, LastUsed, Login, LoginThrottle, Nonces, PasswordChanges, Passwords, Signatures, Tenants, Users } from '@higress/auth';
import { Billing } from '@higress/billing';
import { Catalog, type CatalogSnapshot } from '@higress/catalog';
import { deriveKeys, type Keys, type Settings } from '@higress/config';
import { Desk, poolOf, Sealer } from '@higress/database';
import { AnswerAgain, Authenticate, CallLimits, CallReporter, FirstToAnswer, KeptResponses, Pipeline, ResponseMemory, Slots } from '@higress/inference';
import { createRegistry, GatewayMetrics } from '@higress/observability';
import { queueDepths } from '@higress/queues';
import { RateLimiter } from '@higress/rate-limit';
import { IdempotentAnswers, ResponseCache, StoredResponses } from '@higress/replay';
import { Breakers, type CircuitState, CredentialRests, EgressRules, RetryBudget, Upstream } from '@higress/upstream';
import type { Logger } from 'pino';
import type { Stores } from './stores';

const ISSUER = 'ai-higress-gateway';
const CIRCUIT_STATES = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Record<CircuitState, number>;

/** Everything that a gateway process is made of, built once from its settings and stores. */
export interface Gateway {
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly catalog: Catalog;
  readonly desk: Desk;
  readonly apiKeys: ApiKeys;
  readonly keyRing: KeyRing;
  readonly keyEditor: KeyEditor;
  readonly tenants: Tenants;
  readonly users: Users;
  readonly tokens: AccessTokens;
  readonly login: Login;
  readonly passwordChanges: PasswordChanges;
  /** Whose calls are refused before anything else. */
  readonly blocked: BlockedAddresses;
  readonly limiter: RateLimiter;
  readonly egress: EgressRules;
  readonly upstream: Upstream;
  readonly idempotent: IdempotentAnswers;
  readonly authenticate: Authenticate;
  readonly pipeline: Pipeline;
  readonly keptResponses: KeptResponses;
  readonly metrics: GatewayMetrics;
  /** Opens the spool and begins what runs in the background. */
  start(): Promise<void>;
  /** Sends what waits and ends what runs in the background; calls must have ended before. */
  stop(): Promise<void>;
}

export function compose(settings: Settings<'gateway'>, stores: Stores, logger: Logger): Gateway {
  const keys = deriveKeys(settings);
  const sealer = new Sealer(keys.encryption);
  const metrics = new GatewayMetrics(createRegistry(settings.PROJECT_NAME));
  const people = composePeople(settings, stores, keys, sealer, logger);
  const catalog = new Catalog({ dataSource: stores.background, sealer, announcements: stores.announcements, onFault: (message) => logger.warn({ reason: message }, 'catalog') });
  const blocked = new BlockedAddresses({ dataSource: stores.background, announcements: stores.announcements, onFault: (error) => logger.warn({ reason: (error as Error).message }, 'the blocked addresses cannot be read') });
  const limiter = composeLimiter(settings, stores, logger);
  const billing = new Billing({
    sql: poolOf(stores.billing), spoolDir: settings.SPOOL_DIR, log: logger,
    onUncollected: (nanoUsd) => metrics.uncollectedUsd.inc(Number(nanoUsd) / 1e9),
    onRejected: () => metrics.rejectedCharges.inc(),
  });
  const breakers = composeBreakers(settings, stores);
  const egress = new EgressRules({ whitelist: settings.OUTBOUND_WHITELIST, privateAllow: settings.OUTBOUND_PRIVATE_ALLOW });
  const upstream = new Upstream({
    egress,
    onEgressRefused: (provider, refusal) => logger.warn({ provider, host: refusal.host, reason: refusal.message }, 'the egress rules refuse a provider'),
  });
  const slots = new Slots(settings.GATEWAY_MAX_CONCURRENCY, settings.GATEWAY_QUEUE_TIMEOUT * 1000);
  const signatures = new Signatures({ nonces: new Nonces(stores.state, settings.CACHE_PREFIX), sealer });
  const lastUsed = new LastUsed(stores.background);
  const authenticate = new Authenticate({ keys: people.apiKeys, signatures, lastUsed, tokens: people.tokens, limiter });
  const reporter = new CallReporter(logger, metrics);
  const idempotent = new IdempotentAnswers({ dataSource: stores.requests, sealer, onFault: (error) => logger.error({ err: error }, 'an answer was not kept for its idempotency key') });
  const responses = new StoredResponses({ dataSource: stores.requests, sealer, retentionDays: settings.RESPONSES_RETENTION_DAYS, onFault: (error) => logger.warn({ err: error }, 'a response was not kept, or cannot be read') });
  const limits = {
    external: { rpm: settings.RATE_LIMIT_EXTERNAL_RPM, tpm: settings.RATE_LIMIT_EXTERNAL_TPM },
    internal: { rpm: settings.RATE_LIMIT_INTERNAL_RPM, tpm: settings.RATE_LIMIT_INTERNAL_TPM },
  };
  const memory = new ResponseMemory({
    responses,
    onNotKept: (why) => {
      metrics.responsesNotKept.inc({ why });
      logger.warn({ why }, 'a response was given and not kept');
    },
  });
  const keptResponses = new KeptResponses({ authenticate, limiter, limits: new CallLimits(limits), responses });
  const pipeline = new Pipeline({
    authenticate, catalog, limiter, slots, limits, memory,
    holds: billing.holds,
    settler: billing.settler,
    firstToAnswer: new FirstToAnswer(upstream, breakers, new CredentialRests(), new RetryBudget()),
    reporter,
    answerAgain: new AnswerAgain({ idempotent, cache: new ResponseCache({ redis: stores.cache, prefix: settings.CACHE_PREFIX }), limiter, settler: billing.settler, reporter }),
    cacheSeconds: settings.CACHE_DEFAULT_TTL,
    maxResponseBytes: settings.MAX_RESPONSE_BYTES,
    maxStreamBytes: settings.MAX_STREAM_BYTES,
  });
  metrics.watch({
    spoolBytes: () => billing.settler.pendingBytes,
    ledgerLagSeconds: () => billing.settler.lagSeconds,
    inflight: () => slots.inUse,
    degraded: () => limiter.isDegraded,
    circuits: () => Array.from(breakers.states(), ([deployment, state]) => ({ deployment, state: CIRCUIT_STATES[state] })),
    queueJobs: async () => {
      const depths = await queueDepths(stores.state, settings.CACHE_PREFIX).catch(() => ({}));
      return Object.entries(depths).flatMap(([queue, states]) => Object.entries(states as Record<string, number>).map(([state, count]) => ({ queue, state, count })));
    },
  });

  const forgetting = setInterval(() => catalog.isLoaded && breakers.retain(deploymentIds(catalog.snapshot)), FORGET_MS).unref();

  return {
    keys, sealer, catalog, blocked, limiter, idempotent, egress, upstream, authenticate, pipeline, keptResponses, metrics, ...people,
    async start() {
      billing.start();
      limiter.start();
      lastUsed.start();
      await people.tokens.start();
    },
    async stop() {
      clearInterval(forgetting);
      catalog.stop();
      blocked.stop();
      limiter.stop();
      await lastUsed.stop();
      await billing.stop(FLUSH_MS);
      await upstream.close();
      breakers.close();
    },
  };
}

/** How often the breakers of deployments that are gone are forgotten. */
const FORGET_MS = 60_000;

function deploymentIds({ models }: CatalogSnapshot): Set<string> {
  return new Set([...models.values()].flatMap(({ deployments }) => deployments.map(({ id }) => id)));
}

/** How long a stop waits for Postgres to confirm the last charges; what it has not is in the spool. */
const FLUSH_MS = 10_000;

function composePeople(settings: Settings<'gateway'>, { requests, cache, state, announcements }: Stores, { pepper }: Keys, sealer: Sealer, logger: Logger) {
  const prefix = settings.CACHE_PREFIX;
  const passwords = new Passwords();
  const throttle = new LoginThrottle(state, prefix);
  const desk = new Desk({ dataSource: requests, announce: (topic, payload) => announcements.publish(topic, payload) });
  const tokens = new AccessTokens({
    dataSource: requests, sealer, announcements, algorithm: settings.JWT_ALGORITHM, secret: settings.JWT_SECRET_KEY, issuer: ISSUER, audience: ISSUER,
    lifeSeconds: settings.ACCESS_TOKEN_EXPIRE_MINUTES * 60, ...pemsOf(settings),
  });
  return {
    desk,
    tokens,
    apiKeys: new ApiKeys({ dataSource: requests, redis: cache, announcements, prefix, pepper }),
    keyRing: new KeyRing({ desk, pepper, sealer }),
    keyEditor: new KeyEditor({ desk, pepper, sealer }),
    tenants: new Tenants(desk),
    users: new Users(desk, passwords),
    passwordChanges: new PasswordChanges({ dataSource: requests, desk, passwords, throttle }),
    login: new Login({
      dataSource: requests, desk, accessTokens: tokens, passwords, throttle, pepper, refreshLifeMs: settings.REFRESH_TOKEN_EXPIRE_DAYS * 86_400_000,
      onFault: (error) => logger.warn({ err: error }, 'a refused sign-in is not in the audit'),
    }),
  };
}

/** The key pair in files, if it is there: the older `.env` names files that a first start does not have yet. */
function pemsOf({ JWT_PRIVATE_KEY_PATH: privatePath, JWT_PUBLIC_KEY_PATH: publicPaths }: Settings<'gateway'>): { privatePem?: string; publicPems?: string[] } {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const privatePem = privatePath === undefined ? undefined : read(privatePath);
  if (privatePem === undefined) return {};
  return { privatePem, publicPems: (publicPaths?.split(',') ?? []).flatMap((path) => read(path.trim()) ?? []) };
}

function composeLimiter(settings: Settings<'gateway'>, { state }: Stores, logger: Logger): RateLimiter {
  return new RateLimiter({
    redis: state, prefix: settings.CACHE_PREFIX, ipRpm: settings.RATE_LIMIT_IP_RPM, ipAuthenticatedRpm: settings.RATE_LIMIT_IP_AUTHENTICATED_RPM, globalRpm: settings.RATE_LIMIT_GLOBAL_RPM, degradeRpm: settings.RATE_LIMIT_DEGRADE_RPM,
    onDegraded: (isDegraded, cause) => (isDegraded ? logger.warn({ reason: cause?.message }, 'limits are kept in this process: the state Redis is away') : logger.info('limits are kept in Redis again')),
  });
}

/** Pods tell each other what they learn; a breaker that was told does not tell again. */
function composeBreakers(settings: Settings<'gateway'>, { announcements }: Stores): Breakers {
  const breakers = new Breakers({
    threshold: settings.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
    resetMs: settings.CIRCUIT_BREAKER_RESET_SECONDS * 1000,
    onChange: (deploymentId, state, untilMs) => void announcements.publish('circuit', { pod: POD, deploymentId, state, untilMs }),
  });
  announcements.on('circuit', (payload) => {
    const { pod, deploymentId, state, untilMs } = payload as { pod?: unknown; deploymentId?: unknown; state?: unknown; untilMs?: unknown };
    if (pod === POD || typeof deploymentId !== 'string' || typeof untilMs !== 'number' || !(state === 'open' || state === 'half-open' || state === 'closed')) return;
    breakers.learn(deploymentId, state, untilMs);
  });
  return breakers;
}

const POD = randomUUID();
