import { stateRedisUrl, type Settings } from '@higress/config';
import { openRedis, type RedisConnection } from '@higress/redis';
import { Fault } from './fault';
import { safeUrl } from './safe-url';

const PATIENCE_MS = 3_000;

/** Opens the state Redis for `work` and closes it after. @throws Fault when `work` is not done within three seconds, with the connection's last error. */
export async function withRedis<T>(settings: Settings<'ctl'>, work: (redis: RedisConnection) => Promise<T>): Promise<T> {
  const url = stateRedisUrl(settings);
  let lastError: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  const redis = openRedis(url, { role: 'queue', name: 'ctl', onError: (error) => (lastError = error) });
  const away = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault(`Redis at ${safeUrl(url)} cannot be reached (${lastError?.message || 'no answer'}): start it, or correct QUEUE_REDIS_URL or REDIS_URL.`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work(redis), away]);
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}
