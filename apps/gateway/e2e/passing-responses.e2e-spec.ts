import type OpenAI from 'openai';
import { errorOf } from './error-of';
import { type House, openHouse } from './open-house';

const TIMEOUTS = { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 };

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
