import { randomBytes } from 'node:crypto';
import { deriveKeys } from '@higress/config';
import { apiKeyDigest, createDataSource } from '@higress/database';
import { Secret } from '@higress/kernel';
import { Announcements, openRedis, type RedisConnection } from '@higress/redis';
import { eventually, freePort, freshDatabase, redisUrl, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

interface Key {
  readonly id: string;
  readonly status: string;
  readonly models: string[] | null;
  readonly limits: Record<string, unknown>;
  readonly tags: Record<string, string>;
}

describe('ctl keys', () => {
  const secret = 'a secret of thirty-two characters';
  const prefix = `ctl-${randomBytes(4).toString('hex')}:`;
  const heard: object[] = [];
  let fresh: FreshDatabase;
  let database: DataSource;
  let connections: RedisConnection[];
  let announcements: Announcements;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5_000 }).initialize();
    await database.query(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'acme', 'prepaid')`);
    const [publisher, subscriber] = [openRedis(redisUrl(), { role: 'queue', name: 'spec' }), openRedis(redisUrl(), { role: 'subscriber', name: 'spec' })] as const;
    connections = [publisher, subscriber];
    announcements = new Announcements(publisher, subscriber, prefix);
    announcements.on('key-changed', (payload) => heard.push(payload));
    await eventually('that announcements are heard', () => announcements.connected);
  });
  afterAll(async () => {
    announcements.close();
    for (const connection of connections) connection.disconnect();
    await database.destroy();
    await fresh.drop();
  });

  const ctl = (args: string[], redis = redisUrl()) => runCtl(['keys', ...args], { DATABASE_URL: fresh.url, REDIS_URL: redis, CACHE_PREFIX: prefix, JWT_SECRET_KEY: secret });
  const field = (output: string, name: string) => new RegExp(`^${name} {2,}(\\S+)$`, 'm').exec(output)?.[1] ?? '';
  const stored = async (key: string) => {
    const digest = apiKeyDigest(deriveKeys({ JWT_SECRET_KEY: new Secret(secret) }).pepper, key);
    const [row] = await database.query<Key[]>('select k.* from api_keys k join api_key_secrets s on s.key_id = k.id where s.digest = $1', [digest]);
    return row;
  };

  it('makes a key that gateways will know, shows it once, and tells them', async () => {
    const { code, output } = await ctl(['create', '--tenant', 'acme', '--name', 'ci', '--models', 'gpt-*, demo', '--rpm', '60', '--tags', 'team=search']);
    expect(code).toBe(0);
    const key = field(output, 'key');
    expect(key).toMatch(/^sk-[0-9A-Za-z]{43}$/);
    const row = await stored(key);
    expect(row).toMatchObject({ id: field(output, 'id'), status: 'active', models: ['gpt-*', 'demo'], limits: { rpm: 60, tpm: null, unlimited: false }, tags: { team: 'search' } });
    await eventually('the announcement', () => heard.some((payload) => 'keyId' in payload && payload.keyId === row?.id));
  });

  it('gives a signing secret to a key that must sign', async () => {
    const { output } = await ctl(['create', '--tenant', 'acme', '--name', 'signed', '--signing']);
    expect(field(output, 'signing secret')).toMatch(/^[0-9A-Za-z]{43}$/);
  });

  it('ends a key by its id, by itself, or by what is shown of it, and tells the gateways', async () => {
    for (const by of ['id', 'key', 'prefix']) {
      const { output } = await ctl(['create', '--tenant', 'acme', '--name', `ended by ${by}`]);
      const key = field(output, 'key');
      heard.length = 0;
      const ended = await ctl(['revoke', by === 'prefix' ? key.slice(0, 8) : field(output, by)]);
      expect(ended).toMatchObject({ code: 0, output: `revoked ${key.slice(0, 8)}… (ended by ${by}, ${field(output, 'id')})\n` });
      expect(await stored(key)).toMatchObject({ status: 'revoked' });
      await eventually('the announcement', () => heard.some((payload) => 'keyId' in payload && payload.keyId === field(output, 'id')));
    }
  });

  it('works without Redis, and says that the gateways hear of it later', async () => {
    const away = `redis://127.0.0.1:${await freePort()}/0`;
    const { code, output } = await ctl(['create', '--tenant', 'acme', '--name', 'alone'], away);
    expect(code).toBe(0);
    expect(output).toContain('the gateways see the change only within a minute');
    expect(await stored(field(output, 'key'))).toMatchObject({ status: 'active' });
  });

  it('names what does not fit', async () => {
    expect(await ctl(['create', '--tenant', 'acme', '--name', 'x', '--rpm', 'many', '--endpoints', 'chat'])).toMatchObject({ code: 2, output: expect.stringMatching(/--endpoints: must be one of .*--rpm: /) });
    expect(await ctl(['create', '--tenant', 'nobody', '--name', 'x'])).toMatchObject({ code: 1, output: 'There is no tenant “nobody” (known: acme).\n' });
    expect(await ctl(['revoke', 'sk-never-was'])).toMatchObject({ code: 1, output: expect.not.stringContaining('sk-never-was') });
  });
});
