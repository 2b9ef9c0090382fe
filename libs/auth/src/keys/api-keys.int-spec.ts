import { randomBytes, randomUUID } from 'node:crypto';
import { apiKeyDigest, createDataSource, Desk, Sealer, SYSTEM } from '@higress/database';
import { keyPolicySchema, NO_LIMITS, uuidv7 } from '@higress/kernel';
import { Announcements, openRedis, type RedisConnection } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, within, type FaultProxy, type FreshDatabase } from '@higress/testing';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { KeyRing } from '../directory/key-ring';
import { Tenants } from '../directory/tenants';
import { ApiKeys } from './api-keys';

const pepper = randomBytes(32);
const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const IP = '192.0.2.7';

interface Pod {
  readonly keys: ApiKeys;
  readonly redis: RedisConnection;
  readonly announcements: Announcements;
  readonly dataSource: DataSource;
  readonly heard: Set<string>;
}

describe('ApiKeys', () => {
  let database: FreshDatabase;
  let postgres: FaultProxy;
  let redisProxy: FaultProxy;
  let prefix: string;
  let closing: (() => unknown)[];
  let statements: string[];
  let pods: Pod[];
  let office: Pod;
  let tenantId: string;

  /** A process: its own connections, through the proxies unless it is the office, which always works. */
  const openPod = async (throughProxies: boolean): Promise<Pod> => {
    const url = throughProxies ? redisProxy.url : redisUrl();
    const onStatement = (sql: string) => throughProxies && statements.push(sql);
    const dataSource = await createDataSource({ url: throughProxies ? postgres.url : database.url, name: 'spec', poolSize: 4, statementTimeoutMs: 1000, connectTimeoutMs: throughProxies ? 2_000 : 10_000, onStatement }).initialize();
    const [redis, subscriber] = [openRedis(url, { role: 'request', name: 'spec' }), openRedis(url, { role: 'subscriber', name: 'spec' })];
    const announcements = new Announcements(redis, subscriber, prefix);
    closing.push(() => dataSource.destroy(), () => announcements.close(), () => redis.disconnect(), () => subscriber.disconnect());
    const keys = new ApiKeys({ dataSource, redis, announcements, prefix, pepper });
    const heard = new Set<string>();
    announcements.on('key-changed', ({ keyId }: { keyId?: string }) => keyId && heard.add(keyId));
    await eventually('the subscription', () => announcements.connected);
    const pod = { keys, redis, announcements, dataSource, heard };
    pods.push(pod);
    return pod;
  };
  const desk = () => new Desk({ dataSource: office.dataSource, announce: (topic, payload) => office.announcements.publish(topic, payload) });
  const ring = () => new KeyRing({ desk: desk(), pepper, sealer });
  /** A key of which every process has heard: from then on what they read is remembered. */
  const make = async (policy: object = {}) => {
    const made = await ring().create(SYSTEM, { tenant_id: tenantId, name: 'k', ...keyPolicySchema.parse(policy) });
    await eventually('all to have heard of it', () => pods.every(({ heard }) => heard.has(made.row.id)));
    return made;
  };
  const codeOf = (promise: Promise<unknown>) => promise.then(() => 'ok', (error: { code?: string }) => error.code ?? String(error));
  const lookUps = () => statements.filter((sql) => sql.includes('api_key_secrets')).length;

  beforeEach(async () => {
    closing = [];
    pods = [];
    statements = [];
    prefix = `spec:${randomUUID()}:`;
    database = await freshDatabase();
    postgres = await faultProxy({ target: database.url });
    redisProxy = await faultProxy({ target: redisUrl() });
    office = await openPod(false);
    tenantId = (await new Tenants(desk()).create(SYSTEM, { name: 'acme', billing: 'prepaid', limits: { ...NO_LIMITS, rpm: 600 } })).id;
  });
  afterEach(async () => {
    await Promise.all(closing.map((close) => close()));
    await Promise.all([postgres.close(), redisProxy.close()]);
    await database.drop();
  });

  it('says who presents a key', async () => {
    const { keys } = await openPod(true);
    const { key, row } = await make({ models: ['gpt-*'], limits: { rpm: 5 }, tags: { team: 'a' } });
    expect((await keys.find(key, IP)).principal).toEqual({
      channel: 'external',
      tenantId,
      billing: 'prepaid',
      keyId: row.id,
      label: key.slice(0, 8),
      userId: null,
      limits: { ...NO_LIMITS, rpm: 5 },
      tenantLimits: { ...NO_LIMITS, rpm: 600 },
      models: ['gpt-*'],
      endpoints: null,
      allowedIps: null,
      cache: false,
      tags: { team: 'a' },
      budgeted: false,
    });
  });

  it('asks Postgres once for many calls at the same time, and another process asks Redis', async () => {
    const [one, other] = [await openPod(true), await openPod(true)];
    const { key } = await make();
    // What was read within a fifth of a second of a change is not believed: ages are told over a network.
    await pause(250);
    await Promise.all(Array.from({ length: 50 }, () => one.keys.find(key, IP)));
    expect(lookUps()).toBe(1);
    await eventually('the entry in Redis', () => office.redis.keys(`${prefix}key:*`).then((names) => names.length === 1));
    expect((await other.keys.find(key, IP)).keyId).toBe((await one.keys.find(key, IP)).keyId);
    expect(lookUps()).toBe(1);
  });

  it('costs a few microseconds once it is known', async () => {
    const { keys } = await openPod(true);
    const { key } = await make();
    await keys.find(key, IP);
    const calls = 20_000;
    const started = process.cpuUsage();
    for (let n = 0; n < calls; n++) await keys.find(key, IP);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / calls).toBeLessThan(60);
    expect(lookUps()).toBe(1);
  });

  it('tells apart what is wrong with a key', async () => {
    const { keys } = await openPod(true);
    const [guarded, signed, revoked] = [await make({ allowed_ips: ['10.0.0.0/8'] }), await make({ signing: 'required' }), await make()];
    await ring().revoke(SYSTEM, revoked.row.id);
    const expiring = await make({ expires_at: new Date(Date.now() + 3_000).toISOString() });
    expect(await codeOf(keys.find(expiring.key, IP))).toBe('ok');
    expect(await codeOf(keys.find(guarded.key, '::ffff:10.1.1.1'))).toBe('ok');
    expect(await codeOf(keys.find(guarded.key, IP))).toBe('IP_NOT_ALLOWED');
    expect((await keys.find(signed.key, IP)).demandsSignature).toBe(true);
    expect((await keys.find(guarded.key, '10.1.1.1')).demandsSignature).toBe(false);
    expect(await codeOf(keys.find(revoked.key, IP))).toBe('API_KEY_REVOKED');
    expect(await codeOf(keys.find(`sk-${'x'.repeat(43)}`, IP))).toBe('INVALID_API_KEY');
    await eventually('the expiry, which is looked at on each call', async () => (await codeOf(keys.find(expiring.key, IP))) === 'API_KEY_EXPIRED');
  });

  it('asks nobody about what cannot be a key', async () => {
    const { keys } = await openPod(true);
    for (const odd of ['', 'sk-short', `sk-${'ü'.repeat(43)}`, 'x'.repeat(513), `sk-${'a'.repeat(40)} b`]) expect(await codeOf(keys.find(odd, IP))).toBe('INVALID_API_KEY');
    expect(lookUps()).toBe(0);
  });

  it('feels a revocation in every process within a second', async () => {
    const pods = [await openPod(true), await openPod(true), await openPod(true)];
    const { key, row } = await make();
    await Promise.all(pods.map(({ keys }) => keys.find(key, IP)));
    await ring().revoke(SYSTEM, row.id);
    await Promise.all(pods.map(({ keys }) => eventually('the refusal', async () => (await codeOf(keys.find(key, IP))) === 'API_KEY_REVOKED', 1000)));
  });

  it('feels a disabled tenant, and a new key that it refused a moment ago', async () => {
    const { keys } = await openPod(true);
    const { key } = await make();
    await keys.find(key, IP);
    await office.dataSource.query(`update tenants set status = 'disabled'`);
    await office.announcements.publish('key-changed', { tenantId });
    await eventually('the refusal', async () => (await codeOf(keys.find(key, IP))) === 'FORBIDDEN', 1000);

    const early = `early-${randomUUID()}`;
    expect(await codeOf(keys.find(early, IP))).toBe('INVALID_API_KEY');
    await office.dataSource.query(`update tenants set status = 'active'`);
    await office.dataSource.query(`insert into api_key_secrets (digest, key_id) select $1, id from api_keys`, [apiKeyDigest(pepper, early)]);
    await office.announcements.publish('key-changed', { digest: apiKeyDigest(pepper, early).toString('hex') });
    await eventually('the new key', async () => (await codeOf(keys.find(early, IP))) === 'ok', 1000);
  });

  it('does not let a process that read just before a revocation bring the key back', async () => {
    const [slow, fast] = [await openPod(true), await openPod(false)];
    const { key, row } = await make();
    postgres.set({ latencyMs: 150 });
    const reading = slow.keys.find(key, IP);
    await eventually('the slow read to be under way', () => lookUps() > 0);
    await ring().revoke(SYSTEM, row.id);
    await reading.catch(() => undefined);
    postgres.set({});
    for (const { keys } of [slow, fast]) await eventually('the refusal', async () => (await codeOf(keys.find(key, IP))) === 'API_KEY_REVOKED', 1000);
    const fresh = await openPod(false);
    expect(await codeOf(fresh.keys.find(key, IP))).toBe('API_KEY_REVOKED');
  });

  it('does not believe what a process left in Redis before this one listened', async () => {
    const one = await openPod(true);
    const { key, row } = await make();
    await one.keys.find(key, IP);
    // Somebody revokes it while Redis cannot tell anybody.
    await office.dataSource.query(`update api_keys set status = 'revoked' where id = $1`, [row.id]);
    const late = await openPod(true);
    expect(await codeOf(late.keys.find(key, IP))).toBe('API_KEY_REVOKED');
  });

  it('asks Postgres every second while announcements are not heard', async () => {
    const { keys, announcements } = await openPod(true);
    const { key, row } = await make();
    await keys.find(key, IP);
    await redisProxy.shut();
    await eventually('the silence', () => !announcements.connected);
    await office.dataSource.query(`update api_keys set status = 'revoked' where id = $1`, [row.id]);
    await eventually('the refusal', async () => (await codeOf(keys.find(key, IP))) === 'API_KEY_REVOKED', 1500);
    await redisProxy.open();
    await eventually('the subscription', () => announcements.connected);
    expect(await codeOf(keys.find(key, IP))).toBe('API_KEY_REVOKED');
  });

  it('never answers 401 to a valid key while Postgres is away, and comes back by itself', async () => {
    const { keys } = await openPod(true);
    const [known, unknown] = [await make(), await make()];
    await keys.find(known.key, IP);
    await postgres.shut();
    expect(await codeOf(keys.find(known.key, IP))).toBe('ok');
    expect(await codeOf(keys.find(unknown.key, IP))).toBe('NOT_READY');
    await postgres.open();
    await eventually('its return', async () => (await codeOf(keys.find(unknown.key, IP))) === 'ok');
  });

  it('serves known keys in time while Postgres is frozen and Redis is away', async () => {
    const { keys, announcements } = await openPod(true);
    const { key } = await make();
    await keys.find(key, IP);
    await redisProxy.shut();
    postgres.set({ blackHole: true });
    await eventually('the silence', () => !announcements.connected);
    await eventually('the moment when its word is a second old', () => lookUps() > 1 || keys.find(key, IP).then(() => lookUps() > 1));
    for (let n = 0; n < 5; n++) expect(await within(800, 'an answer', codeOf(keys.find(key, IP)))).toBe('ok');
    postgres.set({});
    await redisProxy.open();
  });

  it('makes a key whose parts are stored as promised', async () => {
    const { key, row, signingSecret } = await make({ signing: 'required', expires_at: '2030-01-01T00:00:00Z' });
    expect(key).toMatch(/^sk-[0-9A-Za-z]{43}$/);
    const [stored] = await office.dataSource.query<{ secret: Buffer; text: string }[]>('select signing_secret_sealed as secret, k::text as text from api_keys k where id = $1', [row.id]);
    expect(sealer.open(stored?.secret ?? Buffer.alloc(0), `api_keys:${row.id}:signing_secret`).toString()).toBe(signingSecret);
    expect(stored?.text).not.toContain(key.slice(8));
    expect(await office.dataSource.query('select action from audit_entries where subject_id = $1', [row.id])).toEqual([{ action: 'key.created' }]);
    await expect(ring().create(SYSTEM, { tenant_id: uuidv7(), name: 'x', ...keyPolicySchema.parse({}) })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(ring().revoke({ ...SYSTEM, tenantId: uuidv7() }, row.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
