import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { openRedis, type RedisConnection } from '@higress/redis';
import { redisUrl } from '@higress/testing';
import { type House, openHouse, PRICE } from './open-house';

const CHAT = '/v1/chat/completions';

/** A secret goes in by every door there is, and comes out by none: no log, error, metric, audit row, Redis value or table shows it. */
describe('a secret of a call', () => {
  const canary = () => `canary${randomBytes(20).toString('hex')}`;
  const secrets = {
    key: `sk-${canary()}`, credential: canary(), providerHeader: canary(), password: canary(), wrongPassword: canary(), strangersKey: `sk-${canary()}`, googleKey: canary(), bearer: canary(), refresh: `rt_${canary()}`, cookie: canary(),
    signature: canary(), made: '', signing: '', accessToken: '', refreshToken: '',
  };
  let house: House;
  let redis: RedisConnection;
  const answers: string[] = [];

  beforeAll(async () => {
    house = await openHouse({
      env: { BOOTSTRAP_ADMIN_PASSWORD: secrets.password, LOG_LEVEL: 'trace', DEBUG: 'true' },
      file: ({ upstream }) => ({
        providers: [{ name: 'first', dialect: 'openai', base_url: upstream.url, credentials: [{ value: secrets.credential }], headers: { 'x-secret': secrets.providerHeader }, timeouts: { total_ms: 20_000 } }],
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] }],
        keys: [{ tenant: 'acme', name: 'test', value: secrets.key, limits: { unlimited: true } }],
      }),
    });
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    if (redis.status !== 'ready') await once(redis, 'ready');
  });
  afterAll(async () => {
    redis.disconnect();
    await house.close();
  });

  const asked = { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] };
  const send = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await house.post(path, body, headers);
    const text = await answer.text();
    answers.push(text, JSON.stringify([...answer.headers]));
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {} };
  };
  /** What may be shown once, to whoever made it, is taken out of what is searched. */
  const shownOnce = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const { body: made } = await send(path, body, headers);
    answers.splice(-2);
    return made;
  };

  it('goes in by every door', async () => {
    const key = { authorization: `Bearer ${secrets.key}` };
    const { access_token = '', refresh_token = '' } = await shownOnce('/api/v1/auth/login', { email: 'owner@example.test', password: secrets.password });
    const token = { authorization: `Bearer ${access_token}` };
    const { id: tenantId } = await send('/api/v1/tenants', { name: 'globex', billing: 'postpaid' }, token).then(({ body }) => body);
    const made = await shownOnce('/api/v1/keys', { tenant_id: tenantId, name: 'signed', signing: 'required' }, { ...token, 'idempotency-key': 'once' });
    await shownOnce('/api/v1/keys', { tenant_id: tenantId, name: 'signed', signing: 'required' }, { ...token, 'idempotency-key': 'once' });
    Object.assign(secrets, { accessToken: access_token, refreshToken: refresh_token, made: made['key'], signing: made['signing_secret'] });

    expect((await send(CHAT, asked, { ...key, 'x-cache': 'on', 'idempotency-key': 'chat', cookie: `session=${secrets.cookie}` })).status).toBe(200);
    expect((await send(CHAT, { ...asked, stream: true }, key)).status).toBe(200);
    house.upstream.next({ status: 401, body: { error: { message: `Incorrect API key provided: ${secrets.credential}`, code: 'invalid_api_key' } } });
    expect((await send(CHAT, asked, key)).status).toBe(502);
    house.upstream.next({ status: 500, body: `<html>${secrets.credential}</html>` });
    expect((await send(CHAT, asked, key)).status).toBe(502);
    house.upstream.next({ body: `data: {"error":{"message":"${secrets.credential}"}}\n\n` });
    await send(CHAT, { ...asked, stream: true }, key);

    expect((await send(CHAT, asked, { authorization: `Bearer ${secrets.strangersKey}` })).status).toBe(401);
    expect((await send(CHAT, asked, { authorization: '', 'x-goog-api-key': secrets.googleKey })).status).toBe(401);
    expect((await send('/internal/v1/chat/completions', asked, { authorization: `Bearer ${secrets.bearer}` })).status).toBe(401);
    expect((await send('/internal/v1/chat/completions', asked, token)).status).toBe(200);
    expect((await send(CHAT, asked, { authorization: `Bearer ${secrets.made}`, 'x-signature': secrets.signature, 'x-nonce': 'n', 'x-timestamp': '1' })).status).toBe(401);
    expect((await send('/api/v1/auth/login', { email: 'owner@example.test', password: secrets.wrongPassword })).status).toBe(401);
    expect((await send('/api/v1/auth/login', { email: 'owner@example.test', password: { nested: secrets.wrongPassword } })).status).toBe(422);
    expect((await send('/api/v1/auth/refresh', { refresh_token: secrets.refresh })).status).toBe(401);
    expect((await send('/api/v1/tenants', { name: 'x', billing: 'prepaid', [secrets.cookie]: 1 }, token)).status).toBe(422);
    expect((await send('/api/v1/tenants', `{"name":"${secrets.cookie}`, token)).status).toBe(400);
    answers.splice(-4); // these two speak of a field that the caller itself has named
  });

  it('comes out by none', async () => {
    const raw = connect(house.gateway.port, '127.0.0.1');
    raw.write(`GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secrets.bearer}\r\n folded\r\n\r\n`);
    for await (const part of raw) answers.push(String(part));
    const scrape = await (await fetch(`${house.gateway.url}/metrics`)).text();
    const places: Record<string, string> = { log: house.gateway.log(), answers: answers.join('\n'), metrics: scrape, redis: await everythingInRedis(), postgres: await everythingInPostgres() };
    expect(Object.values(places).every((text) => text.length > 500)).toBe(true);
    const found = Object.entries(secrets).flatMap(([name, secret]) => {
      expect([name, secret.length > 20]).toEqual([name, true]);
      // A header of a provider is kept as it is: what is secret is a credential.
      return Object.entries(places).flatMap(([place, text]) => (text.includes(secret) && !(name === 'providerHeader' && place === 'postgres') ? [`${name} in ${place}`] : []));
    });
    expect(found).toEqual([]);
  });

  const everythingInRedis = async () => {
    const keys = await redis.keys(`${house.env['CACHE_PREFIX']}*`);
    const tellers: Record<string, (key: string) => Promise<unknown>> = {
      string: (key) => redis.get(key), hash: (key) => redis.hgetall(key), list: (key) => redis.lrange(key, 0, -1), set: (key) => redis.smembers(key), zset: (key) => redis.zrange(key, 0, -1), stream: (key) => redis.xrange(key, '-', '+'),
    };
    const told = await Promise.all(keys.map(async (key) => [key, await tellers[await redis.type(key)]?.(key)]));
    return JSON.stringify(told);
  };

  /** Every row of every table as text; bytes as their hexadecimal, so that a secret that is only spelled otherwise is found too. */
  const everythingInPostgres = async () => {
    const tables = await house.sql<{ name: string }>(`select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`);
    let text = '';
    for (const { name } of tables) for (const { row } of await house.sql<{ row: string }>(`select t::text as row from ${name} t`)) text += `${row}\n`;
    const spelled = Buffer.from(text.match(/\\x[0-9a-f]+/g)?.map((hex) => hex.slice(2)).join('') ?? '', 'hex').toString('latin1');
    return text + spelled;
  };
});
