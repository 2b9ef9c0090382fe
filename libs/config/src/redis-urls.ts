interface RedisSettings {
  readonly REDIS_URL: string;
  readonly QUEUE_REDIS_URL?: string;
  readonly CELERY_BROKER_URL?: string;
  readonly CACHE_REDIS_URL?: string;
}

/** Where queues, limits, invalidation and breakers live: the first set of the three names. */
export function stateRedisUrl(settings: RedisSettings): string {
  return settings.QUEUE_REDIS_URL ?? settings.CELERY_BROKER_URL ?? settings.REDIS_URL;
}

/** Where caches live; this Redis may evict. */
export function cacheRedisUrl(settings: RedisSettings): string {
  return settings.CACHE_REDIS_URL ?? settings.REDIS_URL;
}
