import { randomUUID } from 'node:crypto';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { managementRoutes } from './access/management-routes';
import { PASSWORD, managementApi } from '../fixtures/management-api';
import { ManagementModule } from './management.module';

describe('the management API', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it.each(['a\0b', 'a\ud800b'])('refuses what Postgres cannot keep: %j', async (name) => {
    expect(await post('tenants', { name, billing: 'prepaid' })).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED', details: [{ path: 'name' }] } });
    expect((await post('auth/login', { email: name, password: PASSWORD }, { token: null })).status).toBe(422);
    expect((await get('audit?action=a%00b')).status).toBe(422);
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

  it('is documented by the schemas that validate it', () => {
    const document = cleanupOpenApiDoc(SwaggerModule.createDocument(api.app, new DocumentBuilder().setOpenAPIVersion('3.1.0').addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token').build()));
    const documented = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const served = managementRoutes(ManagementModule).map(({ method, path }) => `${method} /api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual(served.sort());
    expect(document.components?.schemas?.['NewKeyDto']).toMatchObject({ required: ['tenant_id', 'name'], additionalProperties: false });
    const parameters = document.paths['/api/v1/usage']?.get?.parameters as { name: string }[];
    expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(['limit', 'cursor', 'tenant_id', 'model', 'from', 'to']));
  });
});
