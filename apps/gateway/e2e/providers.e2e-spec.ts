import { eventually, type ProviderCall } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';

interface Made {
  readonly id: string;
}

const LIST = { object: 'list', data: ['alpha', 'beta', 'beta', 'gamma-1'].map((id) => ({ id, object: 'model' })) };

/** What can be called, edited over HTTP on one gateway and felt on every one of them. */
describe('providers, models and prices', () => {
  let house: House;
  let owner: Owner;
  const make = async (path: string, body: object) => {
    const answer = await owner<Made>('POST', path, { body });
    expect(answer).toMatchObject({ status: 201 });
    return answer.body.id;
  };
  const ask = (model: string, at = house.gateway) => house.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] }, {}, at);
  const felt = (model: string, status: number) => Promise.all(house.gateways.map((gateway) => eventually(`${status} of ${model}`, async () => (await ask(model, gateway)).status === status, 1000)));
  const sentTo = (call: ProviderCall | undefined) => ({ authorization: call?.headers.authorization, model: (call?.body as { model?: string }).model });

  beforeAll(async () => {
    house = await openHouse({ gateways: 2 });
    owner = await asOwner(house.gateway);
  });
  beforeEach(() => {
    house.upstream.reset();
    house.spare.reset();
  });
  afterAll(() => house.close());

  it('are made and serve calls on every gateway within a second, at their price', async () => {
    const provider = await make('providers', { name: 'made', dialect: 'openai', base_url: house.upstream.url, credentials: [{ value: 'canary-made' }], headers: { 'x-org': 'acme' } });
    const model = await make('models', { name: 'made-model' });
    await felt('made-model', 503);
    const deployment = await make('deployments', { model_id: model, provider: 'made', upstream_model: 'there' });
    // It has no price, and an unknown one is never zero.
    await felt('made-model', 503);
    const price = await make('prices', { deployment_id: deployment, input: '10', output: '20' });
    await felt('made-model', 200);
    expect(sentTo(house.upstream.calls.at(-1))).toEqual({ authorization: 'Bearer canary-made', model: 'there' });
    expect(house.upstream.calls.at(-1)?.headers['x-org']).toBe('acme');
    const [row] = await house.eventually<{ cost: string; tokens: string }>(`select cost_nano as cost, input_tokens * 10000 + output_tokens * 20000 as tokens from usage_records where model = 'made-model' and status = 200`, (rows) => rows.length >= 2);
    expect(row?.cost).toBe(row?.tokens);

    expect(await owner('PATCH', `models/${model}`, { body: { status: 'disabled' } })).toMatchObject({ status: 200, body: { status: 'disabled', name: 'made-model' } });
    await felt('made-model', 404);
    await owner('PATCH', `models/${model}`, { body: { status: 'active' } });
    await felt('made-model', 200);
    expect(await owner('DELETE', `providers/${provider}`)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect((await owner('DELETE', `prices/${price}`)).status).toBe(204);
    await felt('made-model', 503);
    expect((await owner('DELETE', `models/${model}`)).status).toBe(204);
    await felt('made-model', 404);
    expect(await owner('GET', `deployments/${deployment}`)).toMatchObject({ status: 404 });
    expect((await owner('DELETE', `providers/${provider}`)).status).toBe(204);
    expect(await owner('GET', `providers/${provider}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('move to another place under load, within a second on every gateway, and no call is lost', async () => {
    const provider = await make('providers', { name: 'moving', dialect: 'openai', base_url: house.upstream.url, credentials: [{ value: 'one' }] });
    await make('models', { name: 'moving' });
    await make('deployments', { model: 'moving', provider_id: provider, upstream_model: 'm', price: 'free' });
    await felt('moving', 200);
    const statuses: number[] = [];
    let isOver = false;
    const callers = house.gateways.flatMap((gateway) => [0, 1].map(async () => {
      while (!isOver) statuses.push((await ask('moving', gateway)).status);
    }));
    for (const [from, to] of [[house.upstream, house.spare], [house.spare, house.upstream]] as const) {
      expect((await owner('PATCH', `providers/${provider}`, { body: { base_url: to.url } })).status).toBe(200);
      await eventually('every call at the new place', async () => {
        const before = from.calls.length;
        const asked = statuses.length;
        await eventually('some more calls', () => statuses.length > asked + 8);
        return from.calls.length === before;
      }, 1000);
      expect((await owner('POST', `providers/${provider}/credentials`, { body: { value: `key for ${to.port}`, weight: 5 } })).status).toBe(201);
    }
    isOver = true;
    await Promise.all(callers);
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('take credentials and never give them back', async () => {
    const provider = await make('providers', { name: 'secretive', dialect: 'openai', base_url: house.upstream.url, headers: { 'x-secret': 'canary-header' }, credentials: [{ value: 'canary-first' }] });
    await make('models', { name: 'secretive' });
    await make('deployments', { model: 'secretive', provider: 'secretive', upstream_model: 'm', price: 'free' });
    const path = `providers/${provider}/credentials`;
    const second = await make(path, { value: 'canary-second', weight: 3 });
    expect(await owner('POST', path, { body: { value: 'canary-second' } })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    const list = await owner<{ data: Made[] }>('GET', path);
    expect(list.body.data).toHaveLength(2);
    const shown = [list, await owner('GET', `providers/${provider}`), await owner('GET', `${path}/${second}`), await owner('PATCH', `${path}/${second}`, { body: { weight: 4 } }), await owner('GET', 'providers')];
    for (const { status, text } of shown) expect([status, text]).toEqual([200, expect.not.stringContaining('canary')]);
    expect(shown[1]?.body).toMatchObject({ header_names: ['x-secret'] });

    await owner('PATCH', `${path}/${list.body.data[0]?.id}`, { body: { status: 'disabled' } });
    await owner('PATCH', `${path}/${second}`, { body: { value: 'canary-third' } });
    await eventually('the new value', async () => (await ask('secretive')).status === 200 && sentTo(house.upstream.calls.at(-1)).authorization === 'Bearer canary-third', 1000);
    expect((await owner('DELETE', `${path}/${second}`)).status).toBe(204);
    // All that is left is disabled: calling without any would only fail there.
    await felt('secretive', 503);
    const other = await make('providers', { name: 'other', dialect: 'simulator' });
    expect((await owner('PATCH', `providers/${other}/credentials/${list.body.data[0]?.id}`, { body: { weight: 1 } })).status).toBe(404);
    const audit = await house.sql('select a::text as line from audit_entries a');
    expect(JSON.stringify(audit)).toContain('credential.changed');
    expect(JSON.stringify(audit)).not.toContain('canary');
  });

  it('are tried with each credential, and a failure says why', async () => {
    const provider = await make('providers', { name: 'tried', dialect: 'openai', base_url: house.upstream.url, credentials: [{ value: 'good' }, { value: 'bad-one' }] });
    house.upstream.always(({ method, path, headers }) =>
      method !== 'GET' || path !== '/v1/models' ? { status: 500 } : headers.authorization === 'Bearer good' ? { body: LIST } : { status: 401, body: { error: { message: 'Incorrect API key provided: bad-one.', code: 'invalid_api_key' } } },
    );
    const trial = await owner('POST', `providers/${provider}/test`);
    expect(trial).toMatchObject({ status: 200, body: { ok: false, results: [{ ok: true, models: 3, error: null }, { ok: false, models: null, error: { code: 'UPSTREAM_ERROR', upstream_status: 401, message: expect.stringContaining('Incorrect API key') } }] } });
    expect(trial.text).not.toContain('bad-one');
    expect(house.upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models', 'GET /v1/models']);
    const simulator = await make('providers', { name: 'simulated', dialect: 'simulator' });
    expect(await owner('POST', `providers/${simulator}/test`)).toMatchObject({ status: 200, body: { ok: true, results: [{ credential_id: null, models: 3 }] } });
    await house.spare.shut();
    const away = await make('providers', { name: 'away', dialect: 'openai', base_url: house.spare.url });
    expect(await owner('POST', `providers/${away}/test`)).toMatchObject({ status: 200, body: { ok: false, results: [{ error: { code: 'UPSTREAM_ERROR' } }] } });
    await house.spare.open();
  });

  it('take over the models that a provider lists, and leave alone what is there', async () => {
    const provider = await make('providers', { name: 'listing', dialect: 'openai', base_url: house.upstream.url });
    await make('models', { name: 'x/beta' });
    await make('models', { name: 'gone' });
    await make('deployments', { model: 'gone', provider: 'listing', upstream_model: 'no-longer' });
    house.upstream.always({ body: LIST });
    const sync = (body: object) => owner('POST', `providers/${provider}/models/sync`, { body });
    expect(await sync({ prefix: 'x/', dry_run: true })).toMatchObject({ status: 200, body: { created: ['x/alpha', 'x/gamma-1'], existing: [], taken: ['x/beta'], missing: ['no-longer'] } });
    expect(await sync({ prefix: 'x/', models: ['a*', 'b*'] })).toMatchObject({ status: 200, body: { created: ['x/alpha'], taken: ['x/beta'] } });
    expect(await sync({ prefix: 'x/' })).toMatchObject({ status: 200, body: { created: ['x/gamma-1'], existing: ['alpha'], taken: ['x/beta'] } });
    const deployments = await owner<{ data: { upstream_model: string }[] }>('GET', `deployments?provider_id=${provider}`);
    expect(deployments.body.data.map(({ upstream_model }) => upstream_model).sort()).toEqual(['alpha', 'gamma-1', 'no-longer']);
    // Nobody has priced them yet.
    await felt('x/alpha', 503);
    house.upstream.always({ body: { nothing: true } });
    expect(await sync({})).toMatchObject({ status: 502, body: { code: 'UPSTREAM_INVALID_RESPONSE' } });
  });

  it('keep the prices that held before, and take one up when its time comes', async () => {
    await make('models', { name: 'priced' });
    await make('providers', { name: 'pricey', dialect: 'simulator' });
    const deployment = await make('deployments', { model: 'priced', provider: 'pricey', upstream_model: 'sim', price: { input: '1', output: '2', cached_input: '0.5' } });
    const list = () => owner<{ data: { id: string; input: string; cached_input: string | null; free: boolean }[] }>('GET', `prices?deployment_id=${deployment}`);
    const first = (await list()).body.data[0]?.id as string;
    expect(await owner('PATCH', `prices/${first}`, { body: { input: '3', cached_input: null } })).toMatchObject({ status: 200, body: { id: first, input: '3', output: '2', cached_input: null } });
    expect((await list()).body.data.map(({ input, cached_input }) => [input, cached_input]).sort()).toEqual([['1', '0.5'], ['3', null]]);
    expect(await owner('PATCH', `prices/${first}`, { body: { free: true } })).toMatchObject({ status: 200, body: { free: true, input: '0' } });
    expect(await owner('PATCH', `prices/${first}`, { body: { input: '4', output: '5' } })).toMatchObject({ status: 200, body: { free: false, input: '4', output: '5' } });
    expect((await list()).body.data).toHaveLength(4);
    const later = await make('prices', { deployment_id: deployment, input: '9', output: '9', valid_from: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await owner('PATCH', `prices/${later}`, { body: { output: '8' } })).toMatchObject({ status: 200, body: { input: '9', output: '8' } });
    expect((await list()).body.data).toHaveLength(5);
    for (const wrong of [{ input: '1' }, { output: '1' }, {}, { free: true, input: '1' }, { input: '-1', output: '1' }, { input: '0.0000000001', output: '1' }, { input: 'NaN', output: '1' }, { input: '1', output: '1', currency: 'EUR' }]) {
      expect(await owner('POST', 'prices', { body: { deployment_id: deployment, ...wrong } })).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED' } });
    }
    expect(await owner('PATCH', `prices/${first}`, { body: { free: true, input: '1' } })).toMatchObject({ status: 422 });
  });

  it('of gateway.yaml are changed there, and take what the API adds beside them', async () => {
    const [row] = await house.sql<{ provider: string; model: string; deployment: string; credential: string }>(
      `select p.id as provider, m.id as model, d.id as deployment, c.id as credential from providers p join deployments d on d.provider_id = p.id join models m on m.id = d.model_id join credentials c on c.provider_id = p.id`,
    );
    for (const [path, patch] of [[`providers/${row?.provider}`, { status: 'disabled' }], [`models/${row?.model}`, { name: 'x' }], [`deployments/${row?.deployment}`, { weight: 1 }], [`providers/${row?.provider}/credentials/${row?.credential}`, { weight: 9 }]] as const) {
      for (const answer of [await owner('PATCH', path, { body: patch }), await owner('DELETE', path)]) expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT', message: expect.stringContaining('gateway.yaml') } });
    }
    await make(`providers/${row?.provider}/credentials`, { value: 'beside', weight: 1_000_000 });
    await make('prices', { deployment_id: row?.deployment, input: '7', output: '7' });
    await eventually('the credential of the API', async () => (await house.chat('Hi')).status === 200 && sentTo(house.upstream.calls.at(-1)).authorization === 'Bearer beside', 1000);
    expect(await owner('POST', 'providers', { body: { name: 'first', dialect: 'simulator' } })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  });

  it('are changed by one of two people who read the same', async () => {
    const ids = { providers: await make('providers', { name: 'edited', dialect: 'simulator' }), models: await make('models', { name: 'edited' }) };
    for (const [resource, id] of Object.entries(ids)) {
      const etag = (await owner('GET', `${resource}/${id}`)).headers.get('etag') as string;
      const both = await Promise.all(['one', 'two'].map((name) => owner('PATCH', `${resource}/${id}`, { body: { name: `${name}-${resource}` }, headers: { 'if-match': etag } })));
      expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    }
  });

  it('refuse what does not fit, and say which field', async () => {
    for (const [path, body, field] of [
      ['providers', { name: 'n', dialect: 'smoke-signals' }, 'dialect'],
      ['providers', { name: 'n', dialect: 'openai' }, 'base_url'],
      ['providers', { name: 'n', dialect: 'simulator', managed_by: 'file' }, 'managed_by'],
      ['providers', { name: 'n', dialect: 'openai', base_url: `${house.upstream.url}?key=canary` }, 'base_url'],
      ['providers', { name: 'n', dialect: 'openai', base_url: house.upstream.url.replace('://', '://user:canary@') }, 'base_url'],
      ['models', { name: 'n', strategy: 'luck' }, 'strategy'],
      ['deployments', { model: 'none', provider: 'first', upstream_model: 'm' }, 'model'],
      ['deployments', { model: 'fake', model_id: '01900000-0000-7000-8000-000000000000', provider: 'first', upstream_model: 'm' }, 'model_id'],
      ['deployments', { model_id: '01900000-0000-7000-8000-000000000000', provider: 'first', upstream_model: 'm' }, 'model_id'],
      ['prices', { deployment_id: '01900000-0000-7000-8000-000000000000', input: '1', output: '1' }, 'deployment_id'],
    ] as const) {
      const answer = await owner('POST', path, { body });
      expect(answer).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED', details: [{ path: field }] } });
      expect(answer.text).not.toContain('canary');
    }
  });
});
