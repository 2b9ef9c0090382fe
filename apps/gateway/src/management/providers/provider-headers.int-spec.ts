import { Catalog, openProvider, sealPlainHeaders } from '@higress/catalog';
import { managementApi } from '../../fixtures/management-api';

describe('the headers of a provider', () => {
  const api = managementApi();
  const { call, get, post } = api;
  const aProvider = (name: string, headers: object) => post('providers', { name, dialect: 'simulator', headers });
  const everything = async () => JSON.stringify([await api.dataSource.query('select p::text from providers p'), await api.dataSource.query('select a::text from audit_entries a'), await get('providers?limit=1000')]);
  const opened = (id: unknown) => openProvider(api.dataSource.manager, api.sealer, String(id)).then(({ headers }) => headers);

  it('go in and come out at calls alone: not in answers, in the audit or in the table', async () => {
    const made = await aProvider('one', { 'x-org': 'acme-canary', 'x-key': 'key-canary' });
    expect(made).toMatchObject({ status: 201, body: { header_names: ['x-key', 'x-org'] } });
    const id = String(made.body['id']);
    expect(await opened(id)).toEqual({ 'x-org': 'acme-canary', 'x-key': 'key-canary' });
    expect((await call('PATCH', `providers/${id}`, { body: { timeouts: { idle_ms: 5 } } })).body).toMatchObject({ header_names: ['x-key', 'x-org'] });
    expect(await opened(id)).toEqual({ 'x-org': 'acme-canary', 'x-key': 'key-canary' });
    expect((await call('PATCH', `providers/${id}`, { body: { headers: { 'x-org': 'other-canary' } } })).body).toMatchObject({ header_names: ['x-org'] });
    expect(await opened(id)).toEqual({ 'x-org': 'other-canary' });
    expect(await everything()).not.toContain('canary');
    const audit = await get(`audit?subject_id=${id}&action=provider.changed&limit=1`);
    expect(audit.body['data']).toEqual([expect.objectContaining({ before: expect.objectContaining({ header_names: ['x-key', 'x-org'] }), after: expect.objectContaining({ header_names: ['x-org'] }) })]);
    expect((await call('PATCH', `providers/${id}`, { body: { header_names: ['x'] } })).status).toBe(422);
    expect((await call('PATCH', `providers/${id}`, { body: { headers: {} } })).body).toMatchObject({ header_names: [] });
    expect(await opened(id)).toEqual({});
  });

  it('of an earlier release work as they are, and are sealed by and by', async () => {
    const { body: { id } } = await aProvider('two', {});
    await api.dataSource.query(`update providers set headers = '{"x-old": "old-canary"}', headers_sealed = null where id = $1`, [id]);
    expect(await opened(id)).toEqual({ 'x-old': 'old-canary' });
    expect((await get(`providers/${String(id)}`)).body).toMatchObject({ header_names: ['x-old'] });
    expect([await sealPlainHeaders(api.dataSource, api.sealer), await sealPlainHeaders(api.dataSource, api.sealer)]).toEqual([1, 0]);
    expect(await opened(id)).toEqual({ 'x-old': 'old-canary' });
    expect((await get(`providers/${String(id)}`)).body).toMatchObject({ header_names: ['x-old'] });
    expect(await everything()).not.toContain('canary');
  });

  it('open for their own provider alone; one whose headers do not open is not called, and no other suffers', async () => {
    const [one, two] = [await aProvider('three', { 'x-key': 'a' }), await aProvider('four', { 'x-key': 'b' })];
    const models: unknown[] = [];
    for (const [name, { body }] of [['m3', one], ['m4', two]] as const) {
      const model = await post('models', { name });
      await post('deployments', { model_id: model.body['id'], provider_id: body['id'], upstream_model: 'echo' });
      models.push(model.body['name']);
    }
    await api.dataSource.query('update providers set headers_sealed = (select headers_sealed from providers where id = $2) where id = $1', [one.body['id'], two.body['id']]);
    const faults: string[] = [];
    const catalog = new Catalog({ dataSource: api.dataSource, sealer: api.sealer, onFault: (message) => faults.push(message) });
    await catalog.start();
    catalog.stop();
    expect(models.map((name) => catalog.snapshot.models.get(String(name))?.deployments.map(({ provider }) => provider.headers))).toEqual([[], [{ 'x-key': 'b' }]]);
    expect(faults).toEqual([expect.stringContaining(`providers:${String(one.body['id'])}:headers`)]);
  });
});
