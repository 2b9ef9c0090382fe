import { randomBytes, randomUUID } from 'node:crypto';
import { AccessTokens, ApiKeys, KeyEditor, KeyRing, Login, LoginThrottle, PasswordChanges, Passwords, Tenants, Users, type Role } from '@higress/auth';
import { createDataSource, Desk, Sealer, SYSTEM, verifyAuditChain } from '@higress/database';
import { NO_LIMITS, Secret, uuidv7 } from '@higress/kernel';
import { Announcements, openRedis } from '@higress/redis';
import { RateLimiter } from '@higress/rate-limit';
import { IdempotentAnswers } from '@higress/replay';
import { EgressRules, Upstream } from '@higress/upstream';
import { eventually, freshDatabase, redisUrl, type FreshDatabase } from '@higress/testing';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { DomainErrorFilter } from '../http/domain-error.filter';
import { managementRoutes } from './access/management-routes';
import { ManagementModule } from './management.module';

const pepper = randomBytes(32);
const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const PASSWORD = 'correct horse battery';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe('the management API', () => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  let app: NestFastifyApplication;
  let apiKeys: ApiKeys;
  let tenants: Tenants;
  let users: Users;
  let closing: (() => unknown)[];
  let owner: string;

  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, { token = owner, body, headers = {} }: { token?: string | null; body?: object; headers?: Record<string, string> } = {}): Promise<Answer> => {
    const { statusCode, payload } = await app.inject({ method, url: `/api/v1/${url}`, headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers }, ...(body && { payload: body }) });
    return { status: statusCode, body: payload === '' ? {} : (JSON.parse(payload) as Record<string, unknown>) };
  };
  const get = (url: string, token?: string) => call('GET', url, { token });
  const post = (url: string, body: object, more: { token?: string | null; headers?: Record<string, string> } = {}) => call('POST', url, { body, ...more });
  const rowsOf = ({ body }: Answer) => body['data'] as Record<string, unknown>[];
  const aTenant = (billing: 'prepaid' | 'postpaid' = 'prepaid') => tenants.create(SYSTEM, { name: randomUUID(), billing, limits: NO_LIMITS });
  const tokenOf = async (tenantId: string, role: Role) => {
    const email = `${randomUUID()}@example.com`;
    await users.create(SYSTEM, { tenantId, email, password: PASSWORD, roles: [role] });
    return String((await post('auth/login', { email, password: PASSWORD }, { token: null })).body['access_token']);
  };

  beforeAll(async () => {
    const prefix = `spec:${randomUUID()}:`;
    database = await freshDatabase();
    dataSource = await createDataSource({ url: database.url, name: 'spec', poolSize: 5, statementTimeoutMs: 5000 }).initialize();
    const [redis, subscriber] = [openRedis(redisUrl(), { role: 'request', name: 'spec' }), openRedis(redisUrl(), { role: 'subscriber', name: 'spec' })];
    const announcements = new Announcements(redis, subscriber, prefix);
    const desk = new Desk({ dataSource, announce: (topic, payload) => announcements.publish(topic, payload) });
    const tokens = new AccessTokens({ dataSource, sealer, announcements, algorithm: 'HS256', secret: new Secret('s'.repeat(32)), issuer: 'i', audience: 'a', lifeSeconds: 1800 });
    const passwords = new Passwords();
    const throttle = new LoginThrottle(redis, prefix);
    const login = new Login({ dataSource, desk, accessTokens: tokens, passwords, throttle, pepper, refreshLifeMs: 86_400_000 });
    const passwordChanges = new PasswordChanges({ dataSource, desk, passwords, throttle });
    const keyRing = new KeyRing({ desk, pepper, sealer });
    const keyEditor = new KeyEditor({ desk, pepper, sealer });
    const limiter = new RateLimiter({ redis, prefix, ipRpm: 0, ipAuthenticatedRpm: 0, globalRpm: 0, degradeRpm: 100 });
    apiKeys = new ApiKeys({ dataSource, redis, announcements, prefix, pepper });
    tenants = new Tenants(desk);
    users = new Users(desk, passwords);
    await eventually('Redis', () => announcements.connected);
    const egress = new EgressRules();
    const catalog = { sealer, pepper, egress, upstream: new Upstream({ egress }) };
    const module = ManagementModule.of({ prefix: '/api/v1', desk, tokens, login, passwordChanges, users, keyRing, keyEditor, tenants, limiter, idempotent: new IdempotentAnswers({ dataSource, sealer, onFault: (error) => { throw error; } }), catalog });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter({ genReqId: () => uuidv7() }), { logger: ['error'] });
    app.useGlobalFilters(new DomainErrorFilter(pino({ level: 'silent' })));
    await app.init();
    await users.bootstrapOwner({ email: 'owner@localhost', password: PASSWORD });
    owner = String((await post('auth/login', { email: 'owner@localhost', password: PASSWORD }, { token: null })).body['access_token']);
    closing = [() => app.close(), () => announcements.close(), () => redis.disconnect(), () => subscriber.disconnect()];
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await dataSource.destroy();
    await database.drop();
  });

  it('logs in, says who it is, refreshes and logs out', async () => {
    const login = await post('auth/login', { email: 'OWNER@localhost', password: PASSWORD }, { token: null });
    expect(login).toEqual({ status: 200, body: { access_token: expect.any(String), refresh_token: expect.stringMatching(/^rt_/), token_type: 'bearer', expires_in: 1800 } });
    const token = String(login.body['access_token']);
    expect(await get('auth/me', token)).toMatchObject({ status: 200, body: { email: 'owner@localhost', roles: ['owner'], permissions: expect.arrayContaining(['tenants:credit', 'inference:internal']) } });
    const again = await post('auth/refresh', { refresh_token: login.body['refresh_token'] as string }, { token: null });
    expect(again).toMatchObject({ status: 200, body: { token_type: 'bearer' } });
    expect((await call('POST', 'auth/logout', { token })).status).toBe(204);
    await eventually('the end of the session', async () => (await get('auth/me', token)).status === 401, 1000);
    expect(await post('auth/refresh', { refresh_token: again.body['refresh_token'] as string }, { token: null })).toMatchObject({ status: 401, body: { code: 'INVALID_TOKEN' } });
  });

  it('answers errors in its own form, with the id of the request', async () => {
    expect(await post('auth/login', { email: 'owner@localhost', password: 'wrong' }, { token: null })).toEqual({
      status: 401,
      body: { code: 'INVALID_TOKEN', message: 'The e-mail address or the password is wrong.', source: 'client', trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it.each(['a\0b', 'a\ud800b'])('refuses what Postgres cannot keep: %j', async (name) => {
    expect(await post('tenants', { name, billing: 'prepaid' })).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED', details: [{ path: 'name' }] } });
    expect((await post('auth/login', { email: name, password: PASSWORD }, { token: null })).status).toBe(422);
    expect((await get('audit?action=a%00b')).status).toBe(422);
  });

  it('keeps a query out of the idempotency key, however long it is', async () => {
    const path = `tenants/${randomUUID()}/credits?x=${randomBytes(4000).toString('hex')}`;
    expect((await post(path, { amount_usd: '1' }, { headers: { 'idempotency-key': 'k' } })).status).toBe(404);
  });

  it('lets nobody in without a token that is valid', async () => {
    for (const url of ['tenants', 'keys', 'usage', 'ledger', 'auth/me', `tenants/${randomUUID()}/balance`]) {
      expect(await call('GET', url, { token: null })).toMatchObject({ status: 401, body: { code: 'INVALID_TOKEN' } });
      expect((await get(url, `${owner}x`)).status).toBe(401);
    }
  });

  it('makes a tenant, credits it once per idempotency key and shows its balance', async () => {
    const { status, body: tenant } = await post('tenants', { name: 'acme', billing: 'prepaid', limits: { rpm: 5 } });
    expect(status).toBe(201);
    expect(tenant).toMatchObject({ name: 'acme', billing: 'prepaid', status: 'active', limits: { ...NO_LIMITS, rpm: 5 }, created_at: expect.stringMatching(/^\d{4}-.*Z$/) });
    const credit = (amount_usd: string, key?: string) => post(`tenants/${tenant['id'] as string}/credits`, { amount_usd, note: 'paid' }, { headers: { ...(key && { 'idempotency-key': key }) } });
    const first = await credit('12.5', 'one');
    expect(first).toMatchObject({ status: 201, body: { kind: 'credit', amount_usd: '12.5', balance_usd: '12.5', note: 'paid', request_id: null } });
    expect(await credit('12.5', 'one')).toEqual(first);
    expect(await credit('13', 'one')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } });
    expect(await credit('1')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect((await get(`tenants/${tenant['id'] as string}/balance`)).body).toEqual({ posted_usd: '12.5', held_usd: '0', available_usd: '12.5', frozen: null });
    expect(rowsOf(await get(`ledger?tenant_id=${tenant['id'] as string}`))).toEqual([first.body]);
    expect(await post('tenants', { name: 'acme', billing: 'prepaid' })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    const actions = await dataSource.query<{ action: string; actor_kind: string }[]>('select action, actor_kind from audit_entries where tenant_id = $1 order by at', [tenant['id']]);
    expect(actions).toEqual([{ action: 'tenant.created', actor_kind: 'user' }, { action: 'tenant.credited', actor_kind: 'user' }]);
    expect(await verifyAuditChain(dataSource.manager, tenant['id'] as string)).toBeNull();
  });

  it('makes a key that works, shows it once, and ends it', async () => {
    const tenant = await aTenant();
    const made = await post('keys', { tenant_id: tenant.id, name: 'ci', models: ['gpt-*'], allowed_ips: ['10.0.0.0/8'], limits: { rpm: 7 }, tags: { team: 'a' } });
    expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^sk-[0-9A-Za-z]{43}$/), prefix: expect.stringMatching(/^sk-/), status: 'active', models: ['gpt-*'], endpoints: null } });
    expect(made.body).not.toHaveProperty('signing_secret');
    const key = String(made.body['key']);
    expect((await apiKeys.find(key, '10.1.2.3')).principal).toMatchObject({ tenantId: tenant.id, limits: { rpm: 7 }, tags: { team: 'a' } });
    const listed = rowsOf(await get(`keys?tenant_id=${tenant.id}`));
    expect(listed).toEqual([expect.objectContaining({ id: made.body['id'], name: 'ci' })]);
    expect(JSON.stringify(listed)).not.toContain(key.slice(8));
    expect(await call('POST', `keys/${made.body['id'] as string}/revoke`)).toMatchObject({ status: 200, body: { status: 'revoked', revoked_at: expect.any(String) } });
    await eventually('the refusal', () => apiKeys.find(key, '10.1.2.3').then(() => false, ({ code }: { code: string }) => code === 'API_KEY_REVOKED'), 1000);
    expect((await call('POST', `keys/${made.body['id'] as string}/revoke`)).status).toBe(200);
    expect(await post('keys', { tenant_id: tenant.id, name: 'signed', signing: 'required' })).toMatchObject({ status: 201, body: { signing_secret: expect.any(String) } });
  });

  it('lists, sums and exports what was used, each caller their own', async () => {
    const [mine, theirs] = [await aTenant('postpaid'), await aTenant('postpaid')];
    for (const [tenant, model, cost] of [[mine, 'big', 300], [mine, 'big', 200], [mine, '=small', 7], [theirs, 'big', 9]] as const) {
      await dataSource.query(
        `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
           estimated, clamped, cost_nano, charged_nano, uncollected_nano, tags, settled, recorded_at)
         select id, uuidv7_time(id), 'external', $2, null, $3, 'openai', false, 200, 1, 10, 0, 0, 5, 0, false, false, $4, $4, 0, '{"team": "a"}', true, now() from (select $1::uuid as id) i`,
        [uuidv7(), tenant.id, model, cost],
      );
    }
    const admin = await tokenOf(mine.id, 'admin');
    const sums = await get('usage/summary?group_by=model', admin);
    expect(rowsOf(sums)).toEqual([expect.objectContaining({ model: 'big', requests: 2, input_tokens: 20, output_tokens: 10, cost_usd: '0.0000005' }), expect.objectContaining({ model: '=small', requests: 1 })]);
    expect(rowsOf(await get(`usage/summary?group_by=day,tag&tenant_id=${theirs.id}`))).toEqual([expect.objectContaining({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), tag: 'team=a', requests: 1, charged_usd: '0.000000009' })]);
    expect((await get(`usage/summary?tenant_id=${theirs.id}`, admin)).status).toBe(404);
    expect((await get('usage/summary?group_by=model,shoe_size')).status).toBe(422);
    expect(rowsOf(await get('usage?model=big&tag=team%3Da', admin)).map(({ tenant_id }) => tenant_id)).toEqual([mine.id, mine.id]);
    expect(rowsOf(await get('usage?tag=team%3Db', admin))).toEqual([]);
    const part = await get('usage/summary?group_by=model&limit=1', admin);
    expect(part.body['next_cursor']).toBe('1');
    expect(rowsOf(await get('usage/summary?group_by=model&limit=1&cursor=1', admin))).toEqual([expect.objectContaining({ model: '=small' })]);

    const file = await app.inject({ url: '/api/v1/usage?format=csv&limit=1', headers: { authorization: `Bearer ${admin}` } });
    expect([file.statusCode, file.headers['content-type'], file.headers['content-disposition']]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="usage.csv"']);
    const lines = file.payload.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('id,started_at,channel,tenant_id,key_id');
    expect(lines[1]).toContain(`,'=small,`);
    expect(file.payload).not.toContain(theirs.id);
    expect((await app.inject({ url: '/api/v1/ledger?format=csv', headers: { authorization: `Bearer ${admin}` } })).payload).toBe('id,at,tenant_id,request_id,kind,amount_usd,balance_usd,note\r\n');
  });

  it('takes money back by an adjustment, of a prepaid tenant no more than there is', async () => {
    const { id } = await aTenant();
    const credit = (body: object, key: string) => post(`tenants/${id}/credits`, body, { headers: { 'idempotency-key': key } });
    await credit({ amount_usd: '5' }, 'one');
    expect(await credit({ amount_usd: '-6', kind: 'adjustment' }, 'two')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect(await credit({ amount_usd: '-2', kind: 'adjustment', note: 'twice' }, 'three')).toMatchObject({ status: 201, body: { kind: 'adjustment', amount_usd: '-2', balance_usd: '3', note: 'twice' } });
    expect(await credit({ amount_usd: '-2', kind: 'adjustment' }, 'one')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } });
  });

  it('names every fault of a body, and refuses fields that it does not know', async () => {
    const answer = await post('keys', { tenant_id: 'x', name: '', limits: { rps: 1, rpm: -1 }, allowed_ips: ['localhost'], endpoints: ['chat'], colour: 'red' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED' } });
    const paths = (answer.body['details'] as { path: string; message: string }[]).map(({ path }) => path);
    expect(paths.sort()).toEqual(['allowed_ips.0', 'colour', 'endpoints.0', 'limits.rpm', 'limits.rps', 'name', 'tenant_id']);
    for (const amount_usd of ['0', '-1', '1e3', '0.0000000001', 5, '']) expect((await post(`tenants/${randomUUID()}/credits`, { amount_usd })).status).toBe(422);
    expect((await get('usage?colour=red')).status).toBe(422);
    expect((await get('ledger?limit=0')).status).toBe(422);
    expect((await post('keys', { tenant_id: randomUUID(), name: 'k' })).body['details']).toEqual([{ path: 'tenant_id', message: 'there is no such tenant' }]);
    expect(await post('auth/login', { email: 'a@b.c', password: 'hush', secret: 'hush' }, { token: null })).toMatchObject({ status: 422, body: { details: [{ path: 'secret', message: 'is not a field here' }] } });
  });

  it('answers 404 for what is not there, or has no id', async () => {
    for (const url of [`tenants/${randomUUID()}`, 'tenants/none', `tenants/${randomUUID()}/balance`, `keys/${randomUUID()}`]) expect(await get(url)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await post(`tenants/${randomUUID()}/credits`, { amount_usd: '1' }, { headers: { 'idempotency-key': 'k' } })).status).toBe(404);
  });

  it('pages newest first, without repeats or gaps', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await aTenant()).id);
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const page = await get(`tenants?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...rowsOf(page).map(({ id }) => id));
      cursor = (page.body['next_cursor'] as string | null) ?? '';
      await aTenant();
    } while (cursor);
    expect(seen.slice(0, 5)).toEqual(made);
    expect(new Set(seen).size).toBe(seen.length);
    expect((await get('tenants?cursor=x')).status).toBe(422);
  });

  it('shows usage rows as they are documented, filtered', async () => {
    const tenant = await aTenant('postpaid');
    const keyId = uuidv7();
    const insert = (id: string, model: string) =>
      dataSource.query(
        `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens,
           output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, duration_ms, overhead_ms, tags, settled, recorded_at)
         values ($1, uuidv7_time($1), 'external', $2, $3, $4, 'openai', 'gpt', 'openai', true, 200, 1, 10, 2, 0, 20, 5, false, false, 13500, 13500, 0, 12.5, 40, 1.5, '{"team":"a"}', true, now())`,
        [id, tenant.id, keyId, model],
      );
    const ids = [uuidv7(), uuidv7(Date.now() + 5)];
    for (const [at, id] of ids.entries()) await insert(id, `model-${at}`);
    const rows = rowsOf(await get(`usage?tenant_id=${tenant.id}`));
    expect(rows.map(({ id }) => id)).toEqual([...ids].reverse());
    expect(rows[1]).toEqual({
      id: ids[0],
      started_at: expect.stringMatching(/Z$/),
      channel: 'external',
      tenant_id: tenant.id,
      key_id: keyId,
      model: 'model-0',
      provider: 'openai',
      upstream_model: 'gpt',
      dialect: 'openai',
      stream: true,
      status: 200,
      error_code: null,
      attempts: 1,
      input_tokens: 10,
      cached_input_tokens: 2,
      output_tokens: 20,
      reasoning_tokens: 5,
      estimated: false,
      cost_usd: '0.0000135',
      ttft_ms: 12.5,
      duration_ms: 40,
      overhead_ms: 1.5,
      client_request_id: null,
      tags: { team: 'a' },
    });
    const count = async (query: string) => rowsOf(await get(`usage?tenant_id=${tenant.id}&${query}`)).length;
    expect(await count('model=model-1')).toBe(1);
    expect(await count(`key_id=${keyId}&status=200&channel=external&limit=1`)).toBe(1);
    expect(await count(`from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toBe(0);
    expect(await count(`to=${encodeURIComponent('2020-01-01T00:00:00+02:00')}`)).toBe(0);
  });

  it('shows nobody a row of another tenant', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const admin = await tokenOf(mine.id, 'admin');
    const key = await post('keys', { tenant_id: theirs.id, name: 'theirs' });
    expect(rowsOf(await get('tenants', admin)).map(({ id }) => id)).toEqual([mine.id]);
    expect(rowsOf(await get('keys', admin))).toEqual([]);
    expect(rowsOf(await get('ledger', admin))).toEqual([]);
    for (const url of [`tenants/${theirs.id}`, `tenants/${theirs.id}/balance`, `keys/${key.body['id'] as string}`]) expect((await get(url, admin)).status).toBe(404);
    for (const list of ['keys', 'usage', 'ledger']) expect((await get(`${list}?tenant_id=${theirs.id}`, admin)).status).toBe(404);
    expect((await call('POST', `keys/${key.body['id'] as string}/revoke`, { token: admin })).status).toBe(404);
    expect((await post('keys', { tenant_id: theirs.id, name: 'k' }, { token: admin })).status).toBe(404);
    expect((await post('keys', { tenant_id: mine.id, name: 'k' }, { token: admin })).status).toBe(201);
    expect((await post('tenants', { name: 'mine-too', billing: 'internal' }, { token: admin })).status).toBe(403);
    expect((await post(`tenants/${mine.id}/credits`, { amount_usd: '1' }, { token: admin, headers: { 'idempotency-key': 'k' } })).status).toBe(403);
  });

  it('lets an auditor read and change nothing', async () => {
    const tenant = await aTenant();
    const auditor = await tokenOf(tenant.id, 'auditor');
    expect((await get('usage', auditor)).status).toBe(200);
    expect(await post('keys', { tenant_id: tenant.id, name: 'k' }, { token: auditor })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await call('POST', 'auth/logout', { token: auditor })).status).toBe(204);
  });

  it('lets a member have keys of their own, and see no others', async () => {
    const tenant = await aTenant();
    const [ann, bob] = [await tokenOf(tenant.id, 'member'), await tokenOf(tenant.id, 'member')];
    const annId = (await get('auth/me', ann)).body['id'];
    const own = await post('keys', { tenant_id: tenant.id, name: 'mine', owner_user_id: (await get('auth/me', bob)).body['id'] }, { token: ann });
    expect(own).toMatchObject({ status: 201, body: { owner_user_id: annId } });
    expect((await post('keys', { tenant_id: tenant.id, name: 'fast', limits: { rpm: 1e6 } }, { token: ann })).status).toBe(403);
    const shared = await post('keys', { tenant_id: tenant.id, name: 'shared' });
    expect(rowsOf(await get('keys', ann)).map(({ id }) => id)).toEqual([own.body['id']]);
    expect(rowsOf(await get('keys', bob))).toEqual([]);
    for (const [id, token] of [[shared.body['id'], ann], [own.body['id'], bob]] as [string, string][]) {
      expect((await get(`keys/${id}`, token)).status).toBe(404);
      expect((await call('POST', `keys/${id}/revoke`, { token })).status).toBe(404);
    }
    expect((await get('usage', ann)).status).toBe(200);
    for (const url of ['ledger', 'tenants', `tenants/${tenant.id}`]) expect((await get(url, ann)).status).toBe(403);
    expect((await call('POST', `keys/${own.body['id'] as string}/revoke`, { token: ann })).body).toMatchObject({ status: 'revoked' });
  });

  it('gives a key only to a person of its tenant', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const stranger = (await get('auth/me', await tokenOf(theirs.id, 'member'))).body['id'];
    expect(await post('keys', { tenant_id: mine.id, name: 'k', owner_user_id: stranger })).toMatchObject({ status: 422, body: { details: [{ path: 'owner_user_id', message: 'there is no such person in the tenant' }] } });
  });

  it('lets an admin manage the people of the tenant, from a reset token to a ban', async () => {
    const tenant = await aTenant();
    const admin = await tokenOf(tenant.id, 'admin');
    const email = `${randomUUID()}@example.com`;
    const made = await post('users', { email, roles: ['member'] }, { token: admin });
    expect(made).toMatchObject({ status: 201, body: { tenant_id: tenant.id, email, status: 'active', roles: ['member'], reset_token: expect.stringMatching(/^pr_/) } });
    const id = String(made.body['id']);
    const signedIn = await post('auth/password/reset', { reset_token: made.body['reset_token'] as string, new_password: PASSWORD }, { token: null });
    expect(signedIn).toMatchObject({ status: 200, body: { token_type: 'bearer' } });
    const token = String(signedIn.body['access_token']);
    expect(rowsOf(await get('users', admin))).toContainEqual(expect.objectContaining({ id, email }));
    expect((await call('POST', `users/${id}/roles`, { body: { roles: ['auditor'] }, token: admin })).body).toMatchObject({ roles: ['auditor'] });
    await eventually('the new role', async () => (await get('ledger', token)).status === 200, 1000);
    expect(rowsOf(await get(`sessions?user_id=${id}`, admin))).toEqual([expect.objectContaining({ user_id: id, current: false })]);
    expect((await call('POST', `users/${id}/ban`, { token: admin })).body).toMatchObject({ status: 'banned' });
    await eventually('the ban', async () => (await get('auth/me', token)).status === 401, 1000);
    expect((await call('POST', `users/${id}/unban`, { token: admin })).body).toMatchObject({ status: 'active' });
    expect(await verifyAuditChain(dataSource.manager, tenant.id)).toBeNull();
  });

  it('lets one end one’s own sessions one by one, and all others', async () => {
    const tenant = await aTenant();
    const email = `${randomUUID()}@example.com`;
    await users.create(SYSTEM, { tenantId: tenant.id, email, password: PASSWORD, roles: ['member'] });
    const signIn = async () => String((await post('auth/login', { email, password: PASSWORD }, { token: null })).body['access_token']);
    const [here, one, two] = [await signIn(), await signIn(), await signIn()];
    const listed = rowsOf(await get('auth/sessions', here));
    expect(listed.map(({ current }) => current)).toEqual([false, false, true]);
    expect((await call('DELETE', `auth/sessions/${String(listed[0]?.['id'])}`, { token: here })).status).toBe(204);
    await eventually('the end of it', async () => (await get('auth/me', two)).status === 401, 1000);
    expect((await get('auth/me', one)).status).toBe(200);
    expect((await call('DELETE', 'auth/sessions', { token: here })).status).toBe(204);
    await eventually('the end of the others', async () => (await get('auth/me', one)).status === 401, 1000);
    expect((await get('auth/me', here)).status).toBe(200);
    const stranger = await tokenOf(tenant.id, 'member');
    const own = String(rowsOf(await get('auth/sessions', here))[0]?.['id']);
    expect((await call('DELETE', `auth/sessions/${own}`, { token: stranger })).status).toBe(404);
  });

  it('refuses a change that was meant for what somebody has changed meanwhile', async () => {
    const tenant = await aTenant();
    const { user } = await users.create(SYSTEM, { tenantId: tenant.id, email: `${randomUUID()}@example.com`, password: PASSWORD, roles: ['member'] });
    const patch = (email: string, ifMatch?: string) => app.inject({ method: 'PATCH', url: `/api/v1/users/${user.id}`, headers: { authorization: `Bearer ${owner}`, ...(ifMatch && { 'if-match': ifMatch }) }, payload: { email } });
    const etag = String((await app.inject({ method: 'GET', url: `/api/v1/users/${user.id}`, headers: { authorization: `Bearer ${owner}` } })).headers['etag']);
    expect((await patch(`${randomUUID()}@example.com`, etag)).statusCode).toBe(200);
    const late = await patch(`${randomUUID()}@example.com`, etag);
    expect([late.statusCode, (JSON.parse(late.payload) as { code: string }).code]).toEqual([412, 'PRECONDITION_FAILED']);
    expect((await patch(`${randomUUID()}@example.com`)).statusCode).toBe(200);
  });

  it('takes no role, tenant, balance or limit where it was not asked for one, and changes nothing then', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const admin = await tokenOf(mine.id, 'admin');
    const { user } = await users.create(SYSTEM, { tenantId: mine.id, email: `${randomUUID()}@example.com`, password: PASSWORD, roles: ['member'] });
    const before = [await get(`users/${user.id}`), await get(`tenants/${mine.id}`), await get(`tenants/${mine.id}/balance`)];
    for (const extra of [{ roles: ['owner'] }, { role: 'owner' }, { tenant_id: theirs.id }, { status: 'banned' }, { password_hash: 'x' }, { permissions: ['*'] }, { id: theirs.id }])
      expect((await call('PATCH', `users/${user.id}`, { body: { email: user.email, ...extra }, token: admin })).status).toBe(422);
    for (const extra of [{ balance: '1' }, { limits: { rpm: 1 } }, { status: 'active' }, { is_owner: true }]) expect((await post('users', { email: `${randomUUID()}@example.com`, ...extra }, { token: admin })).status).toBe(422);
    for (const extra of [{ status: 'active' }, { balance_usd: '5' }, { managed_by: 'file' }, { id: theirs.id }]) expect((await post('tenants', { name: randomUUID(), billing: 'prepaid', ...extra })).status).toBe(422);
    for (const extra of [{ status: 'active' }, { prefix: 'sk-' }, { key: 'sk-x' }, { managed_by: 'file' }]) expect((await post('keys', { tenant_id: mine.id, name: 'k', ...extra }, { token: admin })).status).toBe(422);
    expect(await post('users', { email: `${randomUUID()}@example.com`, tenant_id: theirs.id }, { token: admin })).toMatchObject({ status: 404 });
    expect(await post('users', { email: `${randomUUID()}@example.com`, roles: ['owner'] }, { token: admin })).toMatchObject({ status: 403 });
    expect([await get(`users/${user.id}`), await get(`tenants/${mine.id}`), await get(`tenants/${mine.id}/balance`)]).toEqual(before);
    expect(rowsOf(await get(`users?tenant_id=${theirs.id}`))).toEqual([]);
  });

  it('changes of a tenant what is named, for owners alone, and undoes nothing unseen', async () => {
    const tenant = await aTenant('postpaid');
    const admin = await tokenOf(tenant.id, 'admin');
    const made = await post('keys', { tenant_id: tenant.id, name: 'k' });
    const principal = async () => (await apiKeys.find(String(made.body['key']), '10.1.2.3')).principal;
    expect((await principal()).tenantLimits).toMatchObject({ rpm: null });
    const patch = (body: object, headers = {}) => app.inject({ method: 'PATCH', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${owner}`, ...headers }, payload: body });
    const etag = String((await app.inject({ method: 'GET', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${owner}` } })).headers['etag']);
    const name = randomUUID();
    expect(JSON.parse((await patch({ name, limits: { rpm: 7 } }, { 'if-match': etag })).payload)).toMatchObject({ name, billing: 'postpaid', limits: { ...NO_LIMITS, rpm: 7 } });
    expect((await patch({ name: 'late' }, { 'if-match': etag })).statusCode).toBe(412);
    await eventually('the limit', async () => (await principal()).tenantLimits.rpm === 7, 1000);
    const lowered = await app.inject({ method: 'PUT', url: `/api/v1/tenants/${tenant.id}/limits`, headers: { authorization: `Bearer ${owner}` }, payload: { rpm: 3 } });
    expect(lowered.statusCode).toBe(200);
    await eventually('the lower limit', async () => (await principal()).tenantLimits.rpm === 3, 1000);
    for (const body of [{ id: randomUUID() }, { managed_by: 'file' }, { balance_usd: '5' }, { status: 'frozen' }, { limits: { rps: 1 } }]) expect((await patch(body)).statusCode).toBe(422);
    expect((await app.inject({ method: 'PATCH', url: `/api/v1/tenants/${tenant.id}`, headers: { authorization: `Bearer ${admin}` }, payload: { limits: { unlimited: true } } })).statusCode).toBe(403);
    expect((await patch({ status: 'disabled' })).statusCode).toBe(200);
    await eventually('the end of it', async () => (await get('auth/me', admin)).status === 403, 1000);
    const own = String((await get('auth/me')).body['tenant_id']);
    expect((await app.inject({ method: 'PATCH', url: `/api/v1/tenants/${own}`, headers: { authorization: `Bearer ${owner}` }, payload: { status: 'disabled' } })).statusCode).toBe(409);
    expect(rowsOf(await get(`audit?tenant_id=${tenant.id}&action=tenant.changed`)).map(({ before, after }) => [before, after])).toEqual([
      [{ status: 'active' }, { status: 'disabled' }],
      [{ limits: { ...NO_LIMITS, rpm: 7 } }, { limits: { ...NO_LIMITS, rpm: 3 } }],
      [{ name: tenant.name, limits: NO_LIMITS }, { name, limits: { ...NO_LIMITS, rpm: 7 } }],
    ]);
  });

  it('shows who changed what, to whom it concerns, filtered, paged and as CSV', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const [admin, auditor, member] = [await tokenOf(mine.id, 'admin'), await tokenOf(mine.id, 'auditor'), await tokenOf(mine.id, 'member')];
    const key = await call('POST', 'keys', { body: { tenant_id: mine.id, name: 'ci, "quoted"' }, token: admin, headers: { 'user-agent': '=cmd' } });
    await post('keys', { tenant_id: theirs.id, name: 'theirs' });
    const rows = rowsOf(await get('audit?subject_type=key', auditor));
    expect(rows).toEqual([
      {
        id: expect.any(String), at: expect.stringMatching(/Z$/), tenant_id: mine.id, actor_kind: 'user', actor_id: (await get('auth/me', admin)).body['id'], action: 'key.created', subject_type: 'key', subject_id: key.body['id'],
        before: null, after: expect.objectContaining({ name: 'ci, "quoted"' }), ip: '127.0.0.1', request_id: expect.any(String), hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(String(key.body['key']));
    expect((await get('audit', member)).status).toBe(403);
    expect((await get(`audit?tenant_id=${theirs.id}`, admin)).status).toBe(404);
    expect(rowsOf(await get(`audit?tenant_id=${theirs.id}`)).map(({ action }) => action)).toEqual(['key.created', 'tenant.created']);
    const all = rowsOf(await get('audit?limit=1000', admin));
    expect(all.every(({ tenant_id }) => tenant_id === mine.id)).toBe(true);
    const paged: unknown[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`audit?limit=2${cursor && `&cursor=${cursor}`}`, admin);
      paged.push(...rowsOf(page));
      cursor = (page.body['next_cursor'] as string | null) ?? '';
      if (!cursor) break;
    }
    expect(paged).toEqual(all);
    expect(rowsOf(await get(`audit?action=key.created&from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`, admin))).toEqual([]);
    const csv = await app.inject({ method: 'GET', url: '/api/v1/audit?format=csv', headers: { authorization: `Bearer ${admin}` } });
    expect(csv.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="audit.csv"' });
    const [header, ...lines] = csv.payload.trimEnd().split('\r\n');
    expect(header).toBe('id,at,tenant_id,actor_kind,actor_id,action,subject_type,subject_id,before,after,ip,request_id,hash');
    expect(lines.map((line) => line.slice(0, 36))).toEqual(all.map(({ id }) => id));
  });

  it('is documented by the schemas that validate it', () => {
    const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token').build()));
    const documented = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const served = managementRoutes(ManagementModule).map(({ method, path }) => `${method} /api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual(served.sort());
    expect(document.components?.schemas?.['NewKeyDto']).toMatchObject({ required: ['tenant_id', 'name'], additionalProperties: false });
    const parameters = document.paths['/api/v1/usage']?.get?.parameters as { name: string }[];
    expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['limit', 'cursor', 'tenant_id', 'model', 'from', 'to']));
  });
});
