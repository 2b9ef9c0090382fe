import { randomUUID } from 'node:crypto';
import { Passwords, Tenants, Users } from '@higress/auth';
import { createDataSource, Desk, SYSTEM } from '@higress/database';
import { NO_LIMITS } from '@higress/kernel';
import { queuePrefix, QUEUES } from '@higress/queues';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, faultProxy, freshDatabase, redisUrl, startService, type FaultProxy, type FreshDatabase, type Service } from '@higress/testing';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import type { DataSource } from 'typeorm';

const OWNER = { email: 'owner@example.test', password: 'the password of the owner' };
const ADMIN = { email: 'admin@example.test', password: 'the password of the admin' };

describe('the queue board', () => {
  const prefix = `wk_${randomUUID()}:`;
  let database: FreshDatabase;
  let db: DataSource;
  let proxy: FaultProxy;
  let redis: RedisConnection;
  let queue: Queue;
  let board: Service;

  const call = (path: string, init: RequestInit = {}) => fetch(`${board.url}${path}`, { redirect: 'manual', ...init });
  const logIn = (who: { email: string; password: string }, headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' }) => call('/login', { method: 'POST', headers, body: new URLSearchParams(who) });
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const session = async () => ({ cookie: cookieOf(await logIn(OWNER)) });

  beforeAll(async () => {
    database = await freshDatabase();
    db = await createDataSource({ url: database.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5000 }).initialize();
    const desk = new Desk({ dataSource: db, announce: async () => undefined });
    const users = new Users(desk, new Passwords());
    await users.bootstrapOwner(OWNER);
    const tenant = await new Tenants(desk).create(SYSTEM, { name: 'acme', billing: 'internal', limits: NO_LIMITS });
    await users.create(SYSTEM, { tenantId: tenant.id, roles: ['admin'], ...ADMIN });
    redis = openRedis(redisUrl(), { role: 'queue', name: 'spec' });
    queue = new Queue('external', { connection: redis, prefix: queuePrefix(prefix) });
    proxy = await faultProxy({ target: redisUrl() });
    board = await startService('board', { DATABASE_URL: database.url, REDIS_URL: proxy.url, CACHE_PREFIX: prefix });
  });
  afterAll(async () => {
    await board.kill();
    await proxy.close();
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
    await db.destroy();
    await database.drop();
  });

  it.each(['/board', '/board/queue/default', '/board/static/favicon.ico'])('sends a stranger who asks for %s to the login', async (path) => {
    const answer = await call(path);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/login']);
  });

  it('gives a stranger nothing of its API', async () => {
    expect((await call('/board/api/queues')).status).toBe(401);
    expect((await call('/board/api/queues/pause', { method: 'PUT' })).status).toBe(401);
    expect((await call('/board/api/queues', { headers: { cookie: 'higress_board=e30.e30.e30' } })).status).toBe(401);
  });

  it('lets an owner in with a cookie that scripts and other sites cannot use, and shows all queues', async () => {
    const answer = await logIn(OWNER);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/board']);
    expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/);
    const headers = { cookie: cookieOf(answer) };
    const page = await call('/board', { headers });
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(await page.text()).toContain('static/js/main');
    const { queues } = (await (await call('/board/api/queues', { headers })).json()) as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name)).toEqual([...QUEUES]);
  });

  it('refuses a wrong password and an unknown person alike', async () => {
    const [wrong, unknown] = await Promise.all([logIn({ ...OWNER, password: 'wrong' }), logIn({ email: 'x@y.z', password: 'wrong' })]);
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.text()).toContain('The e-mail address or the password is wrong.');
  });

  it('refuses people who are not owners, and leaves them no session', async () => {
    const answer = await logIn(ADMIN);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await answer.text()).toContain('Only owners may see the queues.');
    expect(await db.query(`select count(*) as alive from sessions s join users u on u.id = s.user_id where u.email = $1 and s.revoked_at is null`, [ADMIN.email])).toEqual([{ alive: '0' }]);
  });

  it('takes no orders that another site sends', async () => {
    expect((await logIn(OWNER, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await logIn(OWNER, { origin: 'http://evil.test' })).status).toBe(403);
    const { cookie } = await session();
    expect((await call('/board/api/queues/pause', { method: 'PUT', headers: { cookie, origin: 'http://evil.test' } })).status).toBe(403);
  });

  it('shows a failed job with its reason, and replays it', async () => {
    const worker = new Worker('external', () => Promise.reject(new UnrecoverableError('no such upstream')), { connection: redis, prefix: queuePrefix(prefix) });
    const job = await queue.add('call', { version: 1, payload: {} });
    await eventually('it failed', () => job.isFailed());
    await worker.close();
    const headers = await session();
    const shown = (await (await call('/board/api/queues?activeQueue=external&status=failed', { headers })).json()) as { queues: { name: string; jobs: { failedReason: string }[] }[] };
    expect(shown.queues.find(({ name }) => name === 'external')?.jobs).toMatchObject([{ failedReason: 'no such upstream' }]);
    expect((await call(`/board/api/queues/external/${job.id}/retry`, { method: 'PUT', headers })).status).toBe(204);
    expect(await job.getState()).toBe('waiting');
  });

  it('logs out for good: the cookie is worth nothing afterwards', async () => {
    const headers = await session();
    expect(await (await call('/logout', { headers })).text()).toContain(OWNER.email);
    const answer = await call('/logout', { method: 'POST', headers });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login']);
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    await eventually('the session has ended', async () => (await call('/board/api/queues', { headers })).status === 401, 2000);
  });

  it('says that Redis is away instead of waiting for it, and works when it is back', async () => {
    const headers = await session();
    await proxy.shut();
    await eventually('it says so', async () => (await call('/board/api/queues', { headers })).status === 503);
    expect((await call('/health')).status).toBe(200);
    await proxy.open();
    await eventually('it works again', async () => (await call('/board/api/queues', { headers })).status === 200);
  });

  it('ends in order', async () => {
    expect(await board.stop(5000)).toEqual({ code: 0, signal: null });
  });
});
