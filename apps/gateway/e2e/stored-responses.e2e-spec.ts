import { publishedTypes } from '@higress/testing';
import OpenAI from 'openai';
import { type House, openHouse, PRICE } from './open-house';
import { openSpeakingHouse, PROVIDERS, type SpeakingHouse } from './speaking/speaking-house';
import { CALLS, CONCLUDED, SAID } from './speaking/spoken-provider';

type Item = OpenAI.Responses.ResponseInputItem;
type Turn = { role?: string; content?: unknown; parts?: unknown };

const TOOLS = CALLS.map(({ name }) => ({ type: 'function' as const, name, parameters: { type: 'object', properties: { city: { type: 'string' } } }, strict: false }));
const TIMEOUTS = { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 };

/** What a provider was told, in whichever dialect: who spoke, and what was said. */
function talkIn({ messages, contents }: { messages?: Turn[]; contents?: Turn[] }): string[] {
  return (messages ?? contents ?? []).map(({ role, content, parts }) => `${role === 'model' ? 'assistant' : String(role)} ${textsIn(content ?? parts)}`);
}
function textsIn(content: unknown): string {
  if (typeof content === 'string') return content;
  return ((content ?? []) as { text?: string; thought?: boolean }[]).flatMap(({ text, thought }) => (text === undefined || thought ? [] : [text])).join('');
}
const errorOf = async (answer: Promise<Response>) => {
  const response = await answer;
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, error: { ...error, trace_id: undefined } };
};

describe('responses that are kept', () => {
  let house: SpeakingHouse;
  let openai: OpenAI;

  beforeAll(async () => {
    publishedTypes();
    house = await openSpeakingHouse();
    ({ openai } = house);
  });
  afterAll(() => house.close());
  beforeEach(() => {
    house.mood = { does: 'answer' };
    house.forget();
  });
  afterEach(() => expect(house.faults).toEqual([]));
  const heard = () => talkIn(house.upstream.calls.at(-1)?.body as Parameters<typeof talkIn>[0]);
  const finalOf = (asked: OpenAI.Responses.ResponseCreateParamsNonStreaming) => openai.responses.stream(asked as Parameters<typeof openai.responses.stream>[0]).finalResponse();

  describe.each(PROVIDERS.map(({ dialect }) => dialect))('of a provider that speaks %s', (model) => {
    it.each(['whole', 'streamed'])('are retrieved as they were given, listed with their input, continued and deleted: %s', async (way) => {
      const create = way === 'whole' ? (asked: OpenAI.Responses.ResponseCreateParamsNonStreaming) => openai.responses.create(asked) : finalOf;
      const first = await create({ model, input: 'My name is Ada.', instructions: 'Be brief.', metadata: { a: 'b' } });
      expect(first).toMatchObject({ id: expect.stringMatching(/^resp_/) as string, status: 'completed', store: true, previous_response_id: null, instructions: 'Be brief.', metadata: { a: 'b' }, truncation: 'disabled', output_text: SAID });
      expect(await openai.responses.retrieve(first.id)).toEqual(JSON.parse(JSON.stringify(first, (name, value: unknown) => (name === 'parsed' || name === 'output_parsed' || name === 'parsed_arguments' ? undefined : value))));

      const second = await create({ model, input: [{ role: 'user', content: 'What is my name?' }], previous_response_id: first.id });
      expect(second).toMatchObject({ previous_response_id: first.id, store: true, instructions: null });
      expect(heard().slice(0, 2)).toEqual(['user My name is Ada.', `assistant ${SAID}`]);
      expect(heard().at(-1)).toBe('user What is my name?');
      expect(JSON.stringify(house.upstream.calls.at(-1)?.body)).not.toContain('Be brief.');
      const third = await create({ model, input: 'And now?', previous_response_id: second.id, store: false });
      expect(third).toMatchObject({ store: false, previous_response_id: second.id });
      expect(heard().filter((said) => said.startsWith('user ') && said !== 'user ')).toEqual(['user My name is Ada.', 'user What is my name?', 'user And now?']);
      await expect(openai.responses.retrieve(third.id)).rejects.toThrow(OpenAI.NotFoundError);

      const items = [];
      for await (const item of openai.responses.inputItems.list(second.id, { order: 'asc', limit: 2 })) items.push(item);
      const said = items.filter((item) => item.type === 'message').map((item) => [item.role, item.content.map((part) => ('text' in part ? part.text : '')).join('')]);
      expect(said).toEqual([['user', 'My name is Ada.'], ['assistant', SAID], ['user', 'What is my name?']]);
      expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
      const { data, has_more: more } = await openai.responses.inputItems.list(second.id, { limit: 1 });
      expect([data.map(({ id }) => id), more]).toEqual([[items.at(-1)?.id], true]);

      await openai.responses.delete(first.id);
      await expect(openai.responses.retrieve(first.id)).rejects.toThrow(OpenAI.NotFoundError);
      await expect(openai.responses.delete(first.id)).rejects.toThrow(OpenAI.NotFoundError);
      const broken = create({ model, input: 'Hi', previous_response_id: second.id });
      await expect(broken).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found', param: 'previous_response_id', message: expect.stringContaining(`Previous response with id '${first.id}' not found.`) as string });
    });

    it('let tools be used in turns, with their results alone', async () => {
      const asked = await finalOf({ model, input: 'How is it in Tokyo?', tools: TOOLS });
      const calls = asked.output.filter((item) => item.type === 'function_call');
      expect(calls.map(({ name }) => name)).toEqual(CALLS.map(({ name }) => name));
      const results: Item[] = calls.map(({ call_id }, i) => ({ type: 'function_call_output', call_id, output: `result ${i}` }));
      const told = await openai.responses.create({ model, input: results, previous_response_id: asked.id, tools: TOOLS });
      expect(told.output_text).toBe(CONCLUDED);
      expect(house.heard.at(-1)?.results).toEqual(['result 0', 'result 1']);
      const body = JSON.stringify(house.upstream.calls.at(-1)?.body);
      for (const piece of ['How is it in Tokyo?', ...CALLS.map(({ name }) => name)]) expect(body).toContain(piece);
    });
  });
});

describe('responses that pass', () => {
  let house: House;
  const said = (text: string) => ({ id: 'msg_theirs', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] });
  const response = (id: string, output: object[], status = 'completed') => ({ id, object: 'response', created_at: 1_763_822_400, status, error: null, incomplete_details: null, instructions: null, metadata: {}, model: 'gpt-x', output, store: false, previous_response_id: null, parallel_tool_calls: true, temperature: 1, tool_choice: 'auto', tools: [], top_p: 1, usage: status === 'completed' ? { input_tokens: 5, input_tokens_details: { cached_tokens: 0 }, output_tokens: 2, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 7 } : null });
  const events = (id: string, text: string) => [
    { type: 'response.created', response: response(id, [], 'in_progress') },
    { type: 'response.in_progress', response: response(id, [], 'in_progress') },
    { type: 'response.output_item.added', output_index: 0, item: { ...said(''), status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', item_id: 'msg_theirs', output_index: 0, content_index: 0, part: { type: 'output_text', text: '', annotations: [] } },
    { type: 'response.output_text.delta', item_id: 'msg_theirs', output_index: 0, content_index: 0, delta: text, logprobs: [] },
    { type: 'response.output_text.done', item_id: 'msg_theirs', output_index: 0, content_index: 0, text, logprobs: [] },
    { type: 'response.content_part.done', item_id: 'msg_theirs', output_index: 0, content_index: 0, part: { type: 'output_text', text, annotations: [] } },
    { type: 'response.output_item.done', output_index: 0, item: said(text) },
    { type: 'response.completed', response: response(id, [said(text)]) },
  ].map((event, i) => ({ ...event, sequence_number: i }));
  const written = (told: readonly { type: string }[]) => told.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const streaming = (id: string, text: string) => ({ headers: { 'content-type': 'text/event-stream' }, body: written(events(id, text)), bytesPerWrite: 11 });
  const sent = () => house.upstream.calls.at(-1)?.body as { input: unknown; store: unknown; previous_response_id: unknown; include?: unknown };

  beforeAll(async () => {
    house = await openHouse({ file: ({ upstream }) => ({ providers: [{ name: 'first', dialect: 'azure-openai', base_url: upstream.url.replace('/v1', '/openai/v1'), credentials: [{ value: 'x' }], timeouts: TIMEOUTS }] }) });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  it('are kept under the provider’s id, which keeps nothing, and told so; what came before is told to it anew', async () => {
    house.upstream.next({ body: response('resp_whole', [{ type: 'reasoning', id: 'rs_1', summary: [] }, said('Hello, Ada.')]) }, streaming('resp_streamed', 'Ada.'), { body: response('resp_last', [said('Yes.')]) });
    const first = await house.openai.responses.create({ model: 'fake', input: 'I am Ada.', reasoning: { effort: 'low' } });
    expect(sent()).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
    expect(first).toMatchObject({ id: 'resp_whole', store: true, previous_response_id: null });
    expect(await house.openai.responses.retrieve('resp_whole')).toMatchObject({ id: 'resp_whole', store: true, output_text: 'Hello, Ada.' });

    const stream = await house.openai.responses.create({ model: 'fake', input: 'Who am I?', previous_response_id: first.id, stream: true });
    const told: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) told.push(event);
    expect(sent()).toMatchObject({ store: false, previous_response_id: null });
    expect(sent().include).toBeUndefined();
    const { id: _, ...unnamed } = said('Hello, Ada.');
    expect(sent().input).toEqual([{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'I am Ada.' }] }, unnamed, { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Who am I?' }] }]);
    const keeping = { store: true, previous_response_id: 'resp_whole' };
    expect(told).toEqual(events('resp_streamed', 'Ada.').map((event) => ('response' in event ? { ...event, response: { ...(event.response as object), ...keeping } } : event)));
    expect(await house.openai.responses.retrieve('resp_streamed')).toMatchObject({ ...keeping, status: 'completed', output_text: 'Ada.' });

    await house.openai.responses.create({ model: 'fake', input: [{ role: 'user', content: 'Sure?' }], previous_response_id: 'resp_streamed' });
    expect((sent().input as { content: unknown }[]).length).toBe(5);
  });

  it('pass byte for byte where nothing is to be kept', async () => {
    house.upstream.next(streaming('resp_mine', 'Hi.'), { body: response('resp_other', [said('Hi.')]) });
    const streamed = await house.post('/v1/responses', { model: 'fake', input: 'Hi', store: false, stream: true });
    expect(await streamed.text()).toBe(written(events('resp_mine', 'Hi.')));
    const whole = await house.post('/v1/responses', { model: 'fake', input: 'Hi', store: false });
    expect(await whole.text()).toBe(JSON.stringify(response('resp_other', [said('Hi.')])));
    expect((await errorOf(fetch(`${house.gateway.url}/v1/responses/resp_mine`, { headers: { authorization: `Bearer ${house.key}` } }))).status).toBe(404);
  });

  it('that break end under the id that their client saw, with the next number', async () => {
    const begun = Buffer.byteLength(written(events('resp_broken', 'Hal').slice(0, 5)));
    house.upstream.next({ ...streaming('resp_broken', 'Hal'), bytesPerWrite: undefined, resetsAfterBytes: begun + 10 });
    const told: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of await house.openai.responses.create({ model: 'fake', input: 'Hi', stream: true })) told.push(event);
    expect(told.map(({ sequence_number: number }) => number)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(told.at(-1)).toMatchObject({ type: 'response.failed', response: { id: 'resp_broken', status: 'failed', store: true } });
    expect(await house.openai.responses.retrieve('resp_broken')).toMatchObject({ id: 'resp_broken', status: 'failed' });
  });

  it('are told as not kept where the provider gave their id before', async () => {
    house.upstream.always({ body: response('resp_twice', [said('One.')]) });
    expect(await house.openai.responses.create({ model: 'fake', input: 'Hi' })).toMatchObject({ store: true });
    expect(await house.openai.responses.create({ model: 'fake', input: 'Ho' })).toMatchObject({ store: false });
    const { data } = await house.openai.responses.inputItems.list('resp_twice');
    expect(data).toMatchObject([{ content: [{ text: 'Hi' }] }]);
  });
});

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
