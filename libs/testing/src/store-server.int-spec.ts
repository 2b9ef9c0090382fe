import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startPostgresServer, startRedisServer } from '../index';

describe('servers of a spec’s own', () => {
  it('stops and starts a Redis on the same port, without its data unless told', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url, { retryStrategy: () => 20 }).on('error', () => undefined);
    await redis.set('k', 'v');
    await server.stop();
    await server.start();
    expect(await redis.get('k')).toBeNull();
    redis.disconnect();
    await server.stop();
  });

  it('freezes a Redis', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url, { commandTimeout: 100 });
    await redis.ping();
    server.pause();
    await expect(redis.ping()).rejects.toThrow('timed out');
    server.resume();
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    await server.stop();
  });

  it('crashes, freezes and restarts a Postgres', async () => {
    const server = await startPostgresServer();
    const ask = async (sql: string) => {
      const client = new Client({ connectionString: server.url, connectionTimeoutMillis: 300 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query(sql)).rows as unknown[];
      } finally {
        await client.end().catch(() => undefined);
      }
    };
    await ask('create table kept (x int)');
    await server.kill();
    await expect(ask('select 1')).rejects.toThrow();
    await server.start();
    expect(await ask('select * from kept')).toEqual([]);
    server.pause();
    await expect(ask('select 1')).rejects.toThrow('timeout');
    server.resume();
    await server.stop();
  });
});
