import { assertSafeRedis, type RedisConnection } from '@higress/redis';

/** The state Redis would lose jobs, and `REQUIRE_SAFE_REDIS` says that nothing may start on such a one. */
export class UnsafeRedisError extends Error {
  override readonly name = 'UnsafeRedisError';

  constructor(readonly problems: readonly string[]) {
    super(['The state Redis would lose jobs, and REQUIRE_SAFE_REDIS is set:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/**
 * Looks at the state Redis once, before anything is entrusted to it: `warn` hears each problem, or with `required` all of them are thrown.
 * Rejects with the connection's error where Redis cannot be asked.
 */
export async function requireSafeRedis(redis: RedisConnection, required: boolean, warn: (problem: string) => void): Promise<void> {
  const problems = await assertSafeRedis(redis);
  if (required && problems.length > 0) throw new UnsafeRedisError(problems);
  problems.forEach(warn);
}
