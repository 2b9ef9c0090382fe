import { hostname } from 'node:os';
import { AccessTokens, ApiKeys, Login } from '@higress/auth';
import { Holds, Settler } from '@higress/billing';
import { Catalog } from '@higress/catalog';
import { deriveKeys, type Keys, type Settings } from '@higress/config';
import { Sealer } from '@higress/database';
import { Authenticate, CallReporter, FirstToAnswer, Pipeline, Slots } from '@higress/inference';
import { createRegistry, GatewayMetrics } from '@higress/observability';
import { RateLimiter } from '@higress/rate-limit';
import { queueDepths } from '@higress/queues';
import { Breakers, CredentialRests, EgressRules, RetryBudget, Upstream } from '@higress/upstream';
import type { Logger } from 'pino';
import type { Stores } from './stores';

/** Everything that a gateway process is made of, built once from its settings and stores. */
export interface Gateway {
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly catalog: Catalog;
  readonly apiKeys: ApiKeys;
  readonly tokens: AccessTokens;
  readonly login: Login;
  readonly limiter: RateLimiter;
  readonly holds: Holds;
  readonly settler: Settler;
  readonly upstream: Upstream;
  readonly breakers: Breakers;
  readonly authenticate: Authenticate;
  readonly pipeline: Pipeline;
  readonly metrics: GatewayMetrics;
}
