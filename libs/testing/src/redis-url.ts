/** The Redis of this test run. It is shared: keep to a key prefix of your own, or to a queue prefix of your own. */
export function redisUrl(): string {
  const url = process.env['TEST_REDIS_URL'];
  if (!url) throw new Error('TEST_REDIS_URL is not set: a spec that needs Redis is named *.int-spec.ts or *.e2e-spec.ts');
  return url;
}
