import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisUrl } from '@higress/testing';
import { openRedis, type RedisConnection } from './open-redis';
import { evalScript, loadScript } from './script';

describe('evalScript', () => {
  let redis: RedisConnection;
  const path = join(tmpdir(), `${randomUUID()}.lua`);

  beforeAll(async () => {
    writeFileSync(path, 'return { KEYS[1], ARGV[1], #ARGV }');
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    await once(redis, 'ready');
  });
  afterAll(() => {
    rmSync(path);
    redis.disconnect();
  });

  it('runs a script that Redis has not seen, and the same again by its name', async () => {
    const script = loadScript(path);
    await redis.script('FLUSH');
    expect(await evalScript(redis, script, ['k'], ['a', 2])).toEqual(['k', 'a', 2]);
    expect(await redis.script('EXISTS', script.sha)).toEqual([1]);
    expect(await evalScript(redis, script, ['k'], ['b'])).toEqual(['k', 'b', 1]);
  });

  it('passes on what the script itself throws', async () => {
    await expect(evalScript(redis, { sha: '0'.repeat(40), source: 'return redis.error_reply("WRONG")' }, [], [])).rejects.toThrow('WRONG');
  });
});
