import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Service } from '@higress/testing';
import { type House, openHouse } from './open-house';

const CHAT = '/v1/chat/completions';
const PAGE = 'https://app.example';
const OWNER = { email: 'owner@example.test', password: 'owner-password-for-tests' };
const asked = { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] };

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** What every request meets before anybody looks who sends it, and every answer carries when it leaves. */
describe('the edge', () => {
  let house: House;
  let token: string;
  beforeAll(async () => {
    house = await openHouse({ gateways: 2, env: { TRUSTED_PROXIES: '127.0.0.1', CORS_ALLOWED_ORIGINS: `${PAGE},https://other.example`, MAX_REQUEST_BYTES: '65536' } });
    token = ((await (await house.post('/api/v1/auth/login', OWNER)).json()) as { access_token: string }).access_token;
  });
  afterAll(() => house.close());

  /** Node's own client: fetch would not send these headers. */
  const send = (method: string, path: string, { headers = {}, body, from, gateway = house.gateway }: { headers?: Record<string, string>; body?: string | Buffer; from?: string; gateway?: Service } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(gateway.url + path, { method, headers: { ...(from && { 'x-forwarded-for': from }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text })).on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  const manage = (method: string, path: string, body?: object | string | Buffer, headers: Record<string, string> = {}) =>
    send(method, `/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, ...headers }, ...(body !== undefined && { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }) });
  const chatFrom = (from: string, gateway?: Service) => send('POST', CHAT, { from, gateway, headers: { authorization: `Bearer ${house.key}` }, body: JSON.stringify(asked) });
  const codeOf = ({ status, body }: Answer) => [status, (JSON.parse(body) as { code: string }).code];

  describe('a blocked address', () => {
    it('is refused on every pod within a second, before anything is looked up, and served again when that is taken back', async () => {
      const [one, other] = house.gateways as [Service, Service];
      expect((await chatFrom('198.51.100.7', other)).status).toBe(200);
      const made = await manage('POST', '/blocked-ips', { cidr: '198.51.100.9/24', reason: 'guesses keys' });
      expect([made.status, JSON.parse(made.body)]).toEqual([201, { id: expect.any(String), cidr: '198.51.100.0/24', reason: 'guesses keys', expires_at: null, created_at: expect.any(String) }]);
      const { id } = JSON.parse(made.body) as { id: string };
      const changed = Date.now();
      while ((await chatFrom('198.51.100.7', other)).status !== 403) expect(Date.now() - changed).toBeLessThan(1_000);
      const calls = house.upstream.calls.length;
      for (const gateway of [one, other]) {
        const refused = await send('POST', CHAT, { from: '198.51.100.200', gateway, headers: { authorization: 'Bearer sk-nobody' }, body: 'no json' });
        expect([refused.status, (JSON.parse(refused.body) as { error: { code: string } }).error.code]).toEqual([403, 'IP_NOT_ALLOWED']);
        expect((await send('GET', '/api/v1/tenants', { from: '::ffff:198.51.100.1', gateway })).status).toBe(403);
        expect((await send('GET', '/health', { from: '198.51.100.7', gateway })).status).toBe(200);
        expect((await chatFrom('198.51.101.7', gateway)).status).toBe(200);
      }
      expect(house.upstream.calls.length).toBe(calls + 2);
      expect(JSON.parse((await manage('GET', '/blocked-ips')).body)).toMatchObject({ data: [{ id }], next_cursor: null });
      expect((await manage('DELETE', `/blocked-ips/${id}`)).status).toBe(204);
      const back = Date.now();
      while ((await chatFrom('198.51.100.7', other)).status !== 200) expect(Date.now() - back).toBeLessThan(1_000);
      expect(codeOf(await manage('GET', `/blocked-ips/${id}`))).toEqual([404, 'NOT_FOUND']);
      const audit = await house.sql<{ action: string }>(`select action from audit_entries where subject_id = $1 order by at`, [id]);
      expect(audit.map(({ action }) => action)).toEqual(['blocked-ip.created', 'blocked-ip.deleted']);
    });

    it('may be one of IPv6, lapses by itself, and is there once', async () => {
      expect((await manage('POST', '/blocked-ips', { cidr: '2001:db8::/32' })).status).toBe(201);
      expect(codeOf(await manage('POST', '/blocked-ips', { cidr: '2001:db8:1::/32' }))).toEqual([409, 'CONFLICT']);
      const since = Date.now();
      while ((await chatFrom('2001:db8:ffff::1')).status !== 403) expect(Date.now() - since).toBeLessThan(1_000);
      expect((await manage('POST', '/blocked-ips', { cidr: '203.0.113.1', expires_at: new Date(Date.now() - 1000).toISOString() })).status).toBe(201);
      expect((await chatFrom('203.0.113.1')).status).toBe(200);
    });

    it('is never the operator’s own, and nothing that is no address', async () => {
      expect(codeOf(await manage('POST', '/blocked-ips', { cidr: '127.0.0.0/8' }))).toEqual([422, 'VALIDATION_FAILED']);
      for (const cidr of ['300.1.1.1', '10.0.0.0/33', 'localhost', '']) expect(codeOf(await manage('POST', '/blocked-ips', { cidr }))).toEqual([422, 'VALIDATION_FAILED']);
      expect(codeOf(await manage('POST', '/blocked-ips', { cidr: '192.0.2.1', tenant_id: 'x' }))).toEqual([422, 'VALIDATION_FAILED']);
    });

    it('cannot be named by a caller that no trusted proxy speaks for', async () => {
      const direct = await openHouse({ databaseUrl: house.env['DATABASE_URL'] });
      try {
        await manage('POST', '/blocked-ips', { cidr: '192.0.2.99' });
        const answer = await send('POST', CHAT, { from: '192.0.2.99', gateway: direct.gateway, headers: { authorization: `Bearer ${direct.key}` }, body: JSON.stringify(asked) });
        expect(answer.status).toBe(200);
      } finally {
        await direct.close();
      }
    });
  });

  describe('a page of another origin', () => {
    it('may call where its origin is in the list, for inference, streams, errors and management alike', async () => {
      const headers = { origin: PAGE, authorization: `Bearer ${house.key}` };
      for (const answer of [
        await send('POST', CHAT, { headers, body: JSON.stringify(asked) }),
        await send('POST', CHAT, { headers, body: JSON.stringify({ ...asked, stream: true }) }),
        await send('POST', CHAT, { headers, body: 'no json' }),
        await send('GET', '/api/v1/tenants', { headers }),
        await send('GET', '/nothing', { headers }),
      ]) {
        expect(answer.headers).toMatchObject({ 'access-control-allow-origin': PAGE, vary: 'Origin', 'access-control-expose-headers': expect.stringContaining('x-request-id') });
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
      }
    });

    it('is told beforehand what it may send', async () => {
      const answer = await send('OPTIONS', CHAT, { headers: { origin: PAGE, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, x-stainless-os' } });
      expect(answer).toMatchObject({ status: 204, body: '', headers: { 'access-control-allow-origin': PAGE, 'access-control-allow-methods': expect.stringContaining('POST'), 'access-control-allow-headers': 'authorization, x-stainless-os', 'access-control-max-age': '600' } });
    });

    it.each(['https://evil.example', 'null', `${PAGE}.evil.example`, 'http://app.example'])('gets nothing where its origin is %s', async (origin) => {
      for (const method of ['OPTIONS', 'POST']) {
        const { headers } = await send(method, CHAT, { headers: { origin, authorization: `Bearer ${house.key}`, 'access-control-request-method': 'POST' }, ...(method === 'POST' && { body: JSON.stringify(asked) }) });
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    });
  });

  it('tells browsers what to think of its answers, and of https where the balancer says so', async () => {
    const answer = await manage('GET', '/tenants');
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'content-security-policy': expect.stringContaining("default-src 'none'") });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
    expect((await manage('GET', '/tenants', undefined, { 'x-forwarded-proto': 'https' })).headers['strict-transport-security']).toMatch(/^max-age=/);
    const page = await send('GET', '/docs');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'/);
    // What the policy forbids must not be what the page needs.
    expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>\s*\S/);
  });

  describe('the body of a management call', () => {
    const nested = `{"name":${'['.repeat(70)}${']'.repeat(70)}}`;
    it.each<[string, string | Buffer, number, string]>([
      ['no JSON', 'hello', 400, 'INVALID_JSON'],
      ['invalid UTF-8', Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), 400, 'INVALID_JSON'],
      ['deep nesting', nested, 400, 'INVALID_JSON'],
      ['a number beyond range', '{"name":"a","billing":"prepaid","limits":{"rpm":1e999}}', 400, 'INVALID_REQUEST'],
      ['__proto__', '{"name":"a","billing":"prepaid","limits":{"__proto__":{}}}', 400, 'INVALID_REQUEST'],
      ['a repeated member', '{"name":"a","name":"b","billing":"prepaid"}', 400, 'INVALID_REQUEST'],
      ['an array', '[]', 422, 'VALIDATION_FAILED'],
      ['a field that is none', '{"name":"a","billing":"prepaid","status":"disabled"}', 422, 'VALIDATION_FAILED'],
      ['an empty body', '', 422, 'VALIDATION_FAILED'],
      ['too much', `{"name":"${'x'.repeat(65_536)}"}`, 413, 'REQUEST_TOO_LARGE'],
    ])('is refused: %s', async (_, body, status, code) => {
      expect(codeOf(await manage('POST', '/tenants', body))).toEqual([status, code]);
    });

    it('is refused when it is compressed, or is no JSON by its own account', async () => {
      expect(codeOf(await manage('POST', '/tenants', '{}', { 'content-encoding': 'gzip' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      expect(codeOf(await manage('POST', '/tenants', '{}', { 'content-type': 'text/xml' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });
  });

  it('assigns nothing that a body may not name: roles, tenants, money, limits of others', async () => {
    const tenant = JSON.parse((await manage('POST', '/tenants', { name: 'assigned', billing: 'prepaid' })).body) as { id: string };
    const before = (await manage('GET', `/tenants/${tenant.id}`)).body;
    const attempts: [string, string, object][] = [
      ['POST', '/tenants', { name: 'more', billing: 'prepaid', posted_usd: '100' }],
      ['POST', '/tenants', { name: 'more', billing: 'prepaid', managed_by: 'file' }],
      ['POST', '/tenants', { name: 'more', billing: 'prepaid', limits: { rpm: 1, weight: 2 } }],
      ['POST', `/tenants/${tenant.id}/credits`, { amount_usd: '1', balance_usd: '100' }],
      ['POST', '/keys', { tenant_id: tenant.id, name: 'k', roles: ['owner'] }],
      ['POST', '/keys', { tenant_id: tenant.id, name: 'k', status: 'active', digest: 'x' }],
      ['POST', '/auth/login', { ...OWNER, roles: ['owner'] }],
    ];
    for (const [method, path, body] of attempts) expect([path, codeOf(await manage(method, path, body, { 'idempotency-key': randomBytes(8).toString('hex') }))]).toEqual([path, [422, 'VALIDATION_FAILED']]);
    expect((await manage('GET', `/tenants/${tenant.id}`)).body).toBe(before);
    expect(JSON.parse((await manage('GET', `/tenants/${tenant.id}/balance`)).body)).toMatchObject({ posted_usd: '0' });
    expect(await house.sql('select id from api_keys where tenant_id = $1', [tenant.id])).toEqual([]);
  });

  it('refuses a header that is too large', async () => {
    expect((await send('GET', '/health', { headers: { 'x-a': 'x'.repeat(20_000) } })).status).toBe(431);
  });

  describe('a management call with an idempotency key', () => {
    const keyed = (key: string, body: object, path = '/tenants') => manage('POST', path, body, { 'idempotency-key': key });

    it('happens once, and gives the same answer again, secrets included, which are kept sealed', async () => {
      const tenant = JSON.parse((await keyed('tenant-1', { name: 'once', billing: 'prepaid' })).body) as { id: string };
      const first = await keyed('key-1', { tenant_id: tenant.id, name: 'ci' }, '/keys');
      const { key } = JSON.parse(first.body) as { key: string };
      expect([first.status, key]).toEqual([201, expect.stringMatching(/^sk-/)]);
      const again = await keyed('key-1', { tenant_id: tenant.id, name: 'ci' }, '/keys');
      expect([again.status, again.body, again.headers['idempotent-replayed']]).toEqual([201, first.body, 'true']);
      expect(await house.sql('select id from api_keys where tenant_id = $1', [tenant.id])).toHaveLength(1);
      const sealed = await house.sql<{ sealed: Buffer }>('select sealed from idempotent_answers');
      expect(sealed.some((row) => row.sealed?.includes(key))).toBe(false);
      expect(codeOf(await keyed('key-1', { tenant_id: tenant.id, name: 'other' }, '/keys'))).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    });

    it('happens once when fifty come at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => keyed('race', { name: 'race', billing: 'prepaid' })));
      const made = answers.filter(({ status }) => status === 201);
      expect(new Set(made.map(({ body }) => body)).size).toBe(1);
      for (const answer of answers) if (answer.status !== 201) expect(codeOf(answer)).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
      expect(await house.sql(`select id from tenants where name = 'race'`)).toHaveLength(1);
    });

    it('frees the key where it was refused', async () => {
      expect((await keyed('twice', { name: '', billing: 'prepaid' })).status).toBe(422);
      expect((await keyed('twice', { name: randomBytes(8).toString('hex'), billing: 'prepaid' })).status).toBe(201);
    });
  });
});
