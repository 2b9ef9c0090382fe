import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPorts, servicePlan } from './ports.mjs';
import { readUpSettings } from './settings.mjs';

test('one Redis of the operator’s serves as state and cache', () => {
  const { stateRedisUrl, cacheRedisUrl } = readUpSettings({ REDIS_URL: 'redis://r/0', CELERY_BROKER_URL: 'redis://r/1' });
  assert.deepEqual([stateRedisUrl, cacheRedisUrl], ['redis://r/1', 'redis://r/0']);
});

test('names every value that cannot be used', () => {
  assert.throws(() => readUpSettings({ PORT: 'http', GATEWAY_REPLICAS: '0', GATEWAY_CONFIG: '/nonexistent.yaml' }), (error) => {
    assert.match(error.message, /^GATEWAY_REPLICAS .*\nPORT .*\nGATEWAY_CONFIG names \/nonexistent\.yaml/);
    return true;
  });
});

test('replicas listen on consecutive ports, and two services on one port are refused', async () => {
  const plan = servicePlan(readUpSettings({ GATEWAY_REPLICAS: '3', PORT: '18190', WORKER_PORT: '18192' }));
  assert.deepEqual(plan.slice(0, 3).map(({ name, port }) => [name, port]), [['gateway-1', 18190], ['gateway-2', 18191], ['gateway-3', 18192]]);
  await assert.rejects(checkPorts(plan, '127.0.0.1'), /worker and gateway-3 are both to listen on port 18192\. Set WORKER_PORT/);
});
