import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, redisUrl } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';
import { type Pair, sendSigned, sign } from './signed-call';

const CANARY = 'canary-7f3a9c';
const secret = (what: string) => `${CANARY}-${what}`;

/** A secret in every field that may hold one, with everything logged that can be, and every way to fail that may quote it. */
describe('a secret', () => {
  let house: House;
  let owner: Owner;
  let redis: RedisConnection;
  const answers: string[] = [];
  /** Shown once, to whoever asked for it. */
  const handedOut: string[] = [];
  const tell: Owner = async (...about) => {
    const answer = await owner(...about);
    answers.push(answer.text, JSON.stringify([...answer.headers]));
    return answer as never;
  };

  beforeAll(async () => {
    house = await openHouse({ env: { DEBUG: 'true', LOG_LEVEL: 'trace' } });
    owner = await asOwner(house.gateway);
    redis = openRedis(redisUrl(), { role: 'request', name: 'spec' });
    await eventually('Redis', () => redis.status === 'ready');

    const provider = String((await tell('POST', 'providers', { body: { name: 'canary', dialect: 'openai', base_url: house.upstream.url, headers: { 'x-canary': secret('header') }, credentials: [{ value: secret('credential') }] } })).body['id']);
    await tell('POST', 'models', { body: { name: 'canary' } });
    await tell('POST', 'deployments', { body: { model: 'canary', provider: 'canary', upstream_model: 'm', price: 'free' } });
    const path = `providers/${provider}/credentials`;
    const credential = String((await tell('POST', path, { body: { value: secret('second') } })).body['id']);
    await tell('PATCH', `${path}/${credential}`, { body: { value: secret('third'), status: 'active' } });
    await tell('PATCH', `providers/${provider}`, { body: { headers: { 'x-canary': secret('other-header') }, status: 'active' } });
    const [{ id: tenant_id } = { id: '' }] = await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`);
    const made = await owner<Pair>('POST', 'keys', { body: { tenant_id, name: 'canary', signing: 'required', limits: { unlimited: true } } });
    const rotated = await owner<Pair>('POST', `keys/${made.body.id}/rotate?grace_period_hours=1`);
    handedOut.push(house.key, ...[made, rotated].flatMap(({ body }) => [body.key, body.signing_secret]));

    // What does not fit its schema, and what is there already.
    for (const [method, at, body] of [
      ['POST', path, { value: secret('second'), weight: 0 }], ['POST', path, { value: { nested: secret('nested') } }], ['POST', path, { value: secret('third') }], ['POST', path, { secret: secret('unknown-field') }],
      ['POST', 'providers', { name: 'canary', dialect: 'openai', base_url: `https://user:${secret('userinfo')}@example.com/v1` }], ['POST', 'providers', { name: 'canary', dialect: 'openai', base_url: house.upstream.url, headers: { 'x\ny': secret('odd-header') } }],
      ['POST', 'auth/login', { email: 'owner@example.test', password: secret('password') }], ['POST', 'auth/refresh', { refresh_token: secret('refresh') }], ['POST', 'auth/login', { email: 'x', password: [secret('list')] }],
    ] as const) expect((await tell(method, at, { body })).status).toBeGreaterThanOrEqual(400);
    await tell('POST', 'providers', { body: `{"name": "${secret('broken-json')}`, headers: { 'content-type': 'application/json' } });
    await tell('GET', 'keys', { headers: { authorization: `Bearer ${secret('token')}` } });

    // Calls that work, that are refused, and that a provider fails while it quotes what it was sent.
    const ask = async (headers: Record<string, string>, model = 'canary') => answers.push(await (await house.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: secret('prompt') }] }, headers)).text());
    await eventually('the model', async () => (await house.post('/v1/chat/completions', { model: 'canary', messages: [{ role: 'user', content: 'Hi' }] })).status === 200);
    house.upstream.always(({ headers }) => ({ status: 401, body: { error: { message: `Incorrect key ${headers.authorization} with ${headers['x-canary']}`, code: 'invalid_api_key' } } }));
    await ask({});
    await tell('POST', `providers/${provider}/test`);
    await tell('POST', `providers/${provider}/models/sync`, { body: {} });
    house.upstream.always({ resets: true });
    await ask({});
    house.upstream.always({});
    for (const [name, value] of [['authorization', `Bearer ${secret('stranger')}-${'x'.repeat(32)}`], ['cookie', secret('cookie')], ['x-request-id', 'mine'], ['x-api-key', secret('short')]] as const) await ask({ [name]: value });
    answers.push(await sendSigned(sign(made.body), house.gateway), await sendSigned(sign({ ...rotated.body, signing_secret: secret('wrong-signing-secret') }), house.gateway), await sendSigned(sign(rotated.body), house.gateway));
    await house.eventually(`select id from usage_records where model = 'canary'`, (rows) => rows.length >= 3);
  });
  afterAll(async () => {
    redis.disconnect();
    await house.close();
  });

  const findIn = (text: string) => [CANARY, ...handedOut].filter((one) => text.includes(one));

  it('was sent where it belongs', () => {
    const calls = house.upstream.calls.filter(({ headers }) => headers['x-canary'] !== undefined);
    expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${secret('credential')}`, `Bearer ${secret('third')}`]));
    expect(calls.at(-1)?.headers['x-canary']).toBe(secret('other-header'));
  });

  it('is in no answer but the one that hands it out', () => {
    expect(answers.length).toBeGreaterThan(30);
    for (const text of answers) expect(findIn(text)).toEqual([]);
  });

  it('is in no log line, at whichever level', () => {
    const lines = house.gateway.log().split('\n');
    expect(lines.filter((line) => line.includes('"level":')).length).toBeGreaterThan(50);
    expect(lines.filter((line) => findIn(line).length > 0)).toEqual([]);
  });

  it('is in no metric', async () => {
    const text = await (await fetch(`${house.gateway.url}/metrics`)).text();
    expect(text).toContain('gateway_requests_total');
    expect(findIn(text)).toEqual([]);
  });

  it('is in nothing that Redis keeps', async () => {
    const names: string[] = await redis.keys(`${house.env['CACHE_PREFIX']}*`);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const dump = await redis.dumpBuffer(name);
      expect([name, findIn(`${name} ${dump?.toString('latin1') ?? ''} ${(await redis.type(name)) === 'string' ? await redis.get(name) : ''}`)]).toEqual([name, []]);
    }
  });

  it('is in no row of the audit, and nowhere else in Postgres but in the headers of its provider', async () => {
    const tables = await house.sql<{ name: string }>(`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`);
    expect((await house.sql(`select 1 from audit_entries where action = 'credential.changed'`)).length).toBe(1);
    for (const { name } of tables) {
      const row = name === 'providers' ? `(to_jsonb(t) - 'headers')::text` : 't::text';
      for (const { text } of await house.sql<{ text: string }>(`select ${row} as text from ${name} t`)) expect([name, findIn(text)]).toEqual([name, []]);
    }
  });
});
