import OpenAI from 'openai';
import { errorOf } from './error-of';
import { type House, openHouse, PRICE } from './open-house';

describe('whose responses are kept', () => {
  let house: House;
  let mine: OpenAI.Responses.Response;
  const ask = (method: string, path: string, key: string, body?: object, prefix = '/v1') => fetch(`${house.gateway.url}${prefix}/responses${path}`, { method, headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });

  beforeAll(async () => {
    house = await openHouse({
      gateways: 2,
      file: ({ key }) => ({
        models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] }],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'evil', billing: 'postpaid', limits: { unlimited: true } }],
        keys: [
          { tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } },
          { tenant: 'acme', name: 'colleague', value: `${key}-colleague`, limits: { unlimited: true } },
          { tenant: 'acme', name: 'chat', value: `${key}-chat`, endpoints: ['chat/completions'], limits: { unlimited: true } },
          { tenant: 'acme', name: 'tight', value: `${key}-tight`, limits: { tpm: 1500, rpm: 1000 } },
          { tenant: 'acme', name: 'twice', value: `${key}-twice`, limits: { rpm: 2, tpm: 100_000 } },
          { tenant: 'evil', name: 'evil', value: `${key}-evil`, limits: { unlimited: true } },
        ],
      }),
    });
    mine = await house.openai.responses.create({ model: 'fake', input: 'A secret of acme' });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  it.each([['GET', ''], ['GET', '/input_items'], ['POST', '/cancel'], ['DELETE', '']])('is another tenant’s no more than what does not exist: %s %s', async (method, path) => {
    const evil = `${house.key}-evil`;
    const theirs = await errorOf(ask(method, `/${mine.id}${path}`, evil));
    const nobodys = await errorOf(ask(method, `/resp_nobody${path}`, evil));
    expect(theirs.status).toBe(404);
    expect(JSON.stringify(theirs).replaceAll(mine.id, 'ID')).toBe(JSON.stringify(nobodys).replaceAll('resp_nobody', 'ID'));
    expect((await ask('GET', `/${mine.id}`, house.key)).status).toBe(200);
  });

  it('cannot be continued by another tenant, which hears what it would of one that does not exist', async () => {
    const evil = `${house.key}-evil`;
    const theirs = await errorOf(ask('POST', '', evil, { model: 'fake', input: 'Tell me', previous_response_id: mine.id }));
    const nobodys = await errorOf(ask('POST', '', evil, { model: 'fake', input: 'Tell me', previous_response_id: 'resp_nobody' }));
    expect(theirs).toMatchObject({ status: 400, error: { message: `Previous response with id '${mine.id}' not found.`, type: 'invalid_request_error', param: 'previous_response_id', code: 'previous_response_not_found' } });
    expect(JSON.stringify(theirs).replaceAll(mine.id, 'ID')).toBe(JSON.stringify(nobodys).replaceAll('resp_nobody', 'ID'));
    expect(house.upstream.calls).toEqual([]);
    const strange = { model: 'fake', input: 'x', previous_response_id: `' or 1=1 --${'\u0000'}` };
    expect((await errorOf(ask('POST', '', evil, strange))).status).toBe(400);
  });

  it('is every key’s of the tenant that may make responses, its people’s too, and no other key’s', async () => {
    expect((await ask('GET', `/${mine.id}`, `${house.key}-colleague`)).status).toBe(200);
    const unscoped = `${house.key}-chat`;
    for (const id of [mine.id, 'resp_nobody']) {
      expect((await ask('GET', `/${id}`, unscoped)).status).toBe(403);
      expect((await ask('DELETE', `/${id}`, unscoped)).status).toBe(403);
      expect((await ask('POST', '', unscoped, { model: 'fake', input: 'x', previous_response_id: id })).status).toBe(403);
    }
    expect((await ask('GET', `/${mine.id}`, 'nobody')).status).toBe(401);
    const login = await house.post('/api/v1/auth/login', { email: 'owner@example.test', password: 'owner-password-for-tests' });
    const token = ((await login.json()) as { access_token: string }).access_token;
    expect((await ask('GET', `/${mine.id}`, token, undefined, '/internal/v1')).status).toBe(404);
    const own = (await (await ask('POST', '', token, { model: 'fake', input: 'Hi' }, '/internal/v1')).json()) as { id: string; store: boolean; gateway: unknown };
    expect(own).toMatchObject({ store: true, gateway: expect.any(Object) as object });
    const kept = (await (await ask('GET', `/${own.id}`, token, undefined, '/internal/v1')).json()) as object;
    const { gateway: _, ...told } = own;
    expect(kept).toEqual(told);
    expect((await ask('GET', `/${own.id}`, house.key)).status).toBe(404);
    expect((await ask('POST', '', token, { model: 'fake', input: 'Hi', previous_response_id: own.id }, '/internal/v1')).status).toBe(200);
  });

  it('is known on every pod at the moment in which its end is told', async () => {
    const [first, second] = house.gateways;
    const clients = [first, second].map((gateway) => new OpenAI({ apiKey: house.key, baseURL: `${gateway?.url}/v1`, maxRetries: 0 })) as [OpenAI, OpenAI];
    let previous: string | undefined;
    for (let turn = 0; turn < 6; turn++) {
      const stream = await (clients[turn % 2] as OpenAI).responses.create({ model: 'fake', input: `turn ${turn}`, stream: true, previous_response_id: previous });
      for await (const event of stream) {
        if (event.type !== 'response.completed') continue;
        previous = event.response.id;
        // Before the stream is closed, elsewhere.
        await (clients[(turn + 1) % 2] as OpenAI).responses.retrieve(previous);
      }
    }
    const { messages } = house.upstream.calls.at(-1)?.body as { messages: { role: string; content: string }[] };
    expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(Array.from({ length: 6 }, (_, turn) => `turn ${turn}`));
  });

  it('counts what was said before against the limits', async () => {
    const tight = new OpenAI({ apiKey: `${house.key}-tight`, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
    const asked = { model: 'fake', input: 'word '.repeat(1000), max_output_tokens: 16 };
    const first = await tight.responses.create(asked);
    await tight.responses.create(asked);
    await expect(tight.responses.create({ ...asked, previous_response_id: first.id })).rejects.toMatchObject({ status: 429, error: { gateway_code: 'RATE_LIMIT_TPM' } });
  });

  it('is looked up within the limits too', async () => {
    const twice = () => ask('GET', `/${mine.id}`, `${house.key}-twice`);
    expect([(await twice()).status, (await twice()).status]).toEqual([200, 200]);
    expect(await errorOf(twice())).toMatchObject({ status: 429, error: { gateway_code: 'RATE_LIMIT_RPM' } });
  });

  it('is given again by idempotency key and from the cache under an id that can be asked for', async () => {
    const body = { model: 'fake', input: 'again', temperature: 0 };
    for (const headers of [{ 'idempotency-key': 'one' }, { 'x-cache': 'on' }] as Record<string, string>[]) {
      const [first, again] = [await house.post('/v1/responses', body, headers), await house.post('/v1/responses', body, headers)];
      const [{ id }, { id: same }] = [(await first.json()) as { id: string }, (await again.json()) as { id: string }];
      expect([again.headers.get('idempotent-replayed') ?? again.headers.get('x-cache'), same]).toEqual([expect.stringMatching(/true|HIT/), id]);
      expect(await house.openai.responses.retrieve(same)).toMatchObject({ id, store: true });
    }
  });

  it('is kept as failed where its stream broke, as far as it came', async () => {
    house.upstream.next({ hangsAfterChunks: 3 });
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of await house.openai.responses.create({ model: 'fake', input: 'Hi', stream: true })) events.push(event);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    const [created, failed] = [events[0], events.at(-1)];
    if (created?.type !== 'response.created' || failed?.type !== 'response.failed') throw new Error(`${created?.type} … ${failed?.type}`);
    expect(failed.response.id).toBe(created.response.id);
    expect(await house.openai.responses.retrieve(failed.response.id)).toMatchObject({ status: 'failed', store: true, error: { code: 'server_error' }, output: [{ type: 'message', status: 'incomplete' }] });
  });

  it('keeps nothing that was not to be kept, refused or never answered', async () => {
    const count = async () => Number((await house.sql<{ count: string }>('select count(*) from stored_responses'))[0]?.count);
    const before = await count();
    const unkept = await house.openai.responses.create({ model: 'fake', input: 'Hi', store: false });
    expect(unkept.id).toMatch(/^resp_/);
    await expect(house.openai.responses.retrieve(unkept.id)).rejects.toThrow(OpenAI.NotFoundError);
    house.upstream.next({ status: 400, body: { error: { message: 'No.' } } }, { status: 400, body: { error: { message: 'No.' } } });
    await expect(house.openai.responses.create({ model: 'fake', input: 'Hi' })).rejects.toThrow(OpenAI.BadRequestError);
    await expect(house.openai.responses.create({ model: 'fake', input: 'Hi', stream: true })).rejects.toThrow(OpenAI.BadRequestError);
    await expect(house.openai.responses.create({ model: 'nobody', input: 'Hi' })).rejects.toThrow(OpenAI.NotFoundError);
    await house.chat('Hi');
    expect(await count()).toBe(before);
    expect(JSON.stringify(await house.sql(`select encode(sealed, 'escape') as sealed from stored_responses`))).not.toContain('secret of acme');
  });

  it('says by name what it does not offer', async () => {
    const refused = async (more: object) => (await errorOf(ask('POST', '', house.key, { model: 'fake', input: 'Hi', ...more }))).error;
    expect(await refused({ conversation: 'conv_1' })).toMatchObject({ code: 'unsupported_parameter', param: 'conversation' });
    expect(await refused({ background: true })).toMatchObject({ code: 'unsupported_parameter', param: 'background' });
    expect(await refused({ previous_response_id: 7 })).toMatchObject({ code: 'INVALID_REQUEST', param: 'previous_response_id' });
    expect(await errorOf(ask('GET', `/${mine.id}?stream=true`, house.key))).toMatchObject({ status: 400, error: { param: 'stream' } });
    await expect(house.openai.responses.cancel(mine.id)).rejects.toMatchObject({ status: 400, message: expect.stringContaining('Cannot cancel a synchronous response.') as string });
    expect(await errorOf(ask('GET', `/${mine.id}/input_items?limit=0`, house.key))).toMatchObject({ status: 400, error: { param: 'limit' } });
    expect(await errorOf(ask('GET', `/${mine.id}/input_items?after=nothing`, house.key))).toMatchObject({ status: 400, error: { param: 'after' } });
    expect((await ask('PUT', `/${mine.id}`, house.key)).status).toBe(405);
    for (const id of ['%00', '..%2f..%2fmodels', `${'x'.repeat(100)}y`, '%F0%9F%97%BC', "'%20or%201=1"]) expect((await ask('GET', `/${id}`, house.key)).status).toBe(404);
  });
});
