import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { redisAddress } from './redis-address';
import { RequestCluster, RequestRedis } from './request-redis';

/**
 * `request`: a request waits for it, so each command is over in 50 ms, and fails at once while Redis is away.
 * `subscriber`: listens; subscribes again by itself after a reconnect.
 * `queue`: for BullMQ: its commands wait for Redis as long as it takes.
 */
export type RedisRole = 'request' | 'subscriber' | 'queue';

export interface RedisConnectionOptions {
  readonly role: RedisRole;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** Told of every connection error; the connection mends itself whether or not anybody listens. */
  readonly onError?: (error: Error) => void;
}

export type RedisConnection = Redis | Cluster;

/** Together they notice a Redis that is back within about a second. */
const CONNECT_TIMEOUT_MS = 750;
const LONGEST_RETRY_MS = 250;

/**
 * Opens a connection that reconnects by itself for ever and never emits an unhandled error.
 * Returns at once; a Redis that is away makes commands fail (role `request`) or wait (the others), not this call.
 * @param url `redis://`, `rediss://` or `redis+cluster://`
 * @throws RangeError when the URL cannot be read
 */
export function openRedis(url: string, { role, name, onError }: RedisConnectionOptions): RedisConnection {
  const { cluster, nodes, options } = redisAddress(url);
  const redisOptions: RedisOptions = { ...options, ...COMMON, ...(role === 'request' ? IMPATIENT : PATIENT), connectionName: name };
  const connection = cluster
    ? new (role === 'request' ? RequestCluster : Cluster)([...nodes], clusterOptions(role, redisOptions))
    : new (role === 'request' ? RequestRedis : Redis)({ ...redisOptions, ...nodes[0], retryStrategy: retryMs });
  connection.on('error', onError ?? (() => undefined));
  return connection;
}

const COMMON: RedisOptions = { connectTimeout: CONNECT_TIMEOUT_MS, disconnectTimeout: 100, maxLoadingRetryTime: LONGEST_RETRY_MS, keepAlive: 10_000 };
const IMPATIENT: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false };
const PATIENT: RedisOptions = { maxRetriesPerRequest: null };

function clusterOptions(role: RedisRole, redisOptions: RedisOptions): ClusterOptions {
  return {
    redisOptions: role === 'request' ? { ...redisOptions, socketTimeout: 1000 } : redisOptions,
    enableOfflineQueue: role !== 'request',
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    clusterRetryStrategy: retryMs,
  };
}

function retryMs(attempt: number): number {
  return Math.min(50 * attempt, LONGEST_RETRY_MS);
}
