import type { Endpoint } from '@higress/kernel';
import { simulate, type SimulatedAnswer } from '../../index';
import { tokensOf } from './tokens';

interface Shape {
  choices: { index: number; message: { content: string | null; tool_calls?: { function: { name: string; arguments: string } }[] }; delta: { role?: string; content?: string; tool_calls?: { index: number; id?: string; function: { name?: string; arguments: string } }[] }; finish_reason: string | null }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; prompt_tokens_details: { cached_tokens: number }; completion_tokens_details: { reasoning_tokens: number } } | null;
  data: { embedding: number[] | string }[];
  error: { message: string; code: string | null; type: string };
}

const ask = (model: string, body: object = {}, seed = 1, endpoint: Endpoint = 'chat/completions') =>
  simulate({ endpoint, model, body: { messages: [{ role: 'user', content: 'What is 你好 in English?' }], ...body }, id: 'abc', createdUnix: 1_764_000_000, seed });
const textOf = (answer: SimulatedAnswer) => Buffer.concat([...answer.steps].flatMap((step) => ('bytes' in step ? [step.bytes] : []))).toString();
const jsonOf = (answer: SimulatedAnswer) => JSON.parse(textOf(answer)) as Shape;
const eventsOf = (answer: SimulatedAnswer) => textOf(answer).split(/\r?\n\r?\n/).filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)) as Shape);
const faultsOf = (answer: SimulatedAnswer) => [...answer.steps].flatMap((step) => ('fault' in step ? [step.fault] : []));

describe('the simulator', () => {
  it('says who it is, repeats the last user message, and counts what it sends', () => {
    const answer = jsonOf(ask('sim-fast'));
    const text = answer.choices[0]?.message.content ?? '';
    expect(text).toContain('simulator');
    expect(text).toContain('What is 你好 in English?');
    expect(answer.usage?.completion_tokens).toBe(tokensOf(text).length);
    expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + tokensOf(text).length);
  });

  it('is the same for the same arguments', () => {
    expect(textOf(ask('sim', { stream: true }))).toBe(textOf(ask('sim', { stream: true })));
  });

  it('streams the words of the whole answer one token at a time', () => {
    const whole = jsonOf(ask('sim-fast')).choices[0]?.message.content;
    const events = eventsOf(ask('sim-fast', { stream: true, stream_options: { include_usage: true } }));
    const pieces = events.flatMap((event) => event.choices[0]?.delta.content ?? []);
    expect(pieces.join('')).toBe(whole);
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: pieces.length - 1 } });
    expect(events.slice(0, -1).every((event) => event.usage === null)).toBe(true);
    expect(textOf(ask('sim-fast', { stream: true }))).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('leaves usage out of a stream that did not ask for it', () => {
    expect(textOf(ask('sim-fast', { stream: true }))).not.toContain('"usage"');
  });

  it('stops at max_tokens, at a stop sequence, and answers n times', () => {
    expect(jsonOf(ask('sim-fast', { max_tokens: 3 }))).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 3 } });
    expect(jsonOf(ask('sim-fast', { stop: ['simulator'] })).choices[0]).toMatchObject({ message: { content: 'This is the ' }, finish_reason: 'stop' });
    expect(jsonOf(ask('sim-fast', { n: 3 })).choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(jsonOf(ask('sim-tokens-57')).usage?.completion_tokens).toBe(57);
  });

  it('calls the named tool with arguments that fit its schema, in pieces when streamed', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string', enum: ['Oslo'] }, days: { type: 'integer', minimum: 2 } }, required: ['city', 'days'] };
    const tools = [{ type: 'function', function: { name: 'other' } }, { type: 'function', function: { name: 'weather', parameters } }];
    const body = { tools, tool_choice: { type: 'function', function: { name: 'weather' } } };
    const call = jsonOf(ask('sim-fast', body)).choices[0];
    expect(call).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo","days":2}' } }] } });

    const deltas = eventsOf(ask('sim-fast', { ...body, stream: true })).flatMap((event) => event.choices[0]?.delta.tool_calls ?? []);
    expect(deltas[0]).toMatchObject({ index: 0, id: 'call_abc0', function: { name: 'weather' } });
    expect(deltas.map((delta) => delta.function.arguments).join('')).toBe('{"city":"Oslo","days":2}');

    const messages = [{ role: 'user', content: 'Weather?' }, { role: 'tool', tool_call_id: 'call_abc0', content: '12 degrees' }];
    expect(jsonOf(ask('sim-fast', { ...body, messages })).choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringContaining('12 degrees') } });
    expect(jsonOf(ask('sim-fast', { ...body, tool_choice: 'none' })).choices[0]?.message.tool_calls).toBeUndefined();
  });

  it('answers in the JSON that response_format asks for', () => {
    const schema = { type: 'object', properties: { people: { type: 'array', items: { $ref: '#/$defs/person' } } }, required: ['people'], $defs: { person: { type: 'object', properties: { age: { type: ['null', 'number'], maximum: 0 }, ok: { type: 'boolean' } }, required: ['age', 'ok'] } } };
    const said = (format: object) => JSON.parse(jsonOf(ask('sim-fast', { response_format: format })).choices[0]?.message.content ?? '') as unknown;
    expect(said({ type: 'json_schema', json_schema: { name: 'x', schema } })).toEqual({ people: [{ age: 0, ok: true }] });
    expect(said({ type: 'json_object' })).toEqual({ answer: expect.stringContaining('simulator') });
  });

  it('survives a schema that refers to itself', () => {
    const schema = { type: 'object', properties: { child: { $ref: '#' }, all: { type: 'array', items: { $ref: '#' }, minItems: 100_000 } } };
    expect(textOf(ask('sim-fast', { response_format: { type: 'json_schema', json_schema: { schema } } })).length).toBeLessThan(100_000);
  });

  it('embeds a text as the same unit vector in both encodings', () => {
    const embed = (body: object) => jsonOf(ask('sim-fast', { input: 'hello', dimensions: 64, ...body }, 1, 'embeddings')).data[0]?.embedding;
    const numbers = embed({}) as number[];
    const bytes = Buffer.from(embed({ encoding_format: 'base64' }) as string, 'base64');
    expect(Math.hypot(...numbers)).toBeCloseTo(1, 5);
    expect(bytes.length).toBe(64 * 4);
    expect(bytes.readFloatLE(4)).toBeCloseTo(numbers[1] ?? NaN, 6);
  });

  it.each([null, 1, 'x', [], {}, { messages: [] }, { messages: [1] }, { messages: 'x' }])('answers 400 to %j', (body) => {
    const answer = simulate({ endpoint: 'chat/completions', model: 'sim', body, id: 'x', createdUnix: 0, seed: 0 });
    expect(answer.status).toBe(400);
    expect(jsonOf(answer).error.type).toBe('invalid_request_error');
  });

  it('misbehaves as the name of the model says', () => {
    expect(ask('sim-status-503')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(faultsOf(ask('sim-refused'))).toEqual(['refuse']);
    expect(faultsOf(ask('sim-timeout'))).toEqual(['hang']);
    expect(ask('sim-garbage').headers['content-type']).toContain('text/html');
    expect(faultsOf(ask('sim-reset-2', { stream: true }))).toEqual(['reset']);
    expect(eventsOf(ask('sim-reset-2', { stream: true })).filter((event) => event.choices[0]?.delta.content)).toHaveLength(2);
    expect([...ask('sim-reset-0').steps]).toEqual([{ afterMs: 840, fault: 'reset' }].map((step) => ({ ...step, afterMs: expect.any(Number) })));
    expect(faultsOf(ask('sim-hang-1', { stream: true }))).toEqual(['hang']);
    expect(eventsOf(ask('sim-error-midstream', { stream: true })).at(-1)?.error.type).toBe('server_error');
    expect(eventsOf(ask('sim-no-usage', { stream: true, stream_options: { include_usage: true } })).at(-1)?.usage).toBeNull();
    expect(jsonOf(ask('sim-absurd-usage')).usage?.prompt_tokens).toBe(-1);
    expect(jsonOf(ask('sim-cached-50-reasoning-7')).usage).toMatchObject({ completion_tokens_details: { reasoning_tokens: 7 } });
    expect(textOf(ask('sim-crlf', { stream: true }))).toContain('\r\n\r\n');
    expect(textOf(ask('sim-no-done', { stream: true }))).not.toContain('[DONE]');
    expect(textOf(ask('sim-split', { stream: true }))).toBe(textOf(ask('sim-fast', { stream: true })).replaceAll('sim-fast', 'sim-split'));
    expect(ask('sim-nonsense')).toMatchObject({ status: 404 });
    expect(ask('gpt-4o')).toMatchObject({ status: 200 });
  });

  it('fails the promised share of the seeds', () => {
    const failed = Array.from({ length: 1000 }, (_, seed) => ask('sim-flaky-30', {}, seed).status).filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(250);
    expect(failed).toBeLessThan(350);
  });

  it('makes an endless stream only as far as it is read', () => {
    const steps = ask('sim-endless', { stream: true }).steps[Symbol.iterator]();
    for (let i = 0; i < 10_000; i++) expect(steps.next().done).toBe(false);
  });
});

describe('its tokens', () => {
  it.each(['', 'hello', ' a  b\n\nc ', 'naïve café', '你好吗', '🚀🚀🚀', '\ud800x\u0000', 'supercalifragilistic'])('of %j join to the text again', (text) => {
    expect(tokensOf(text).join('')).toBe(text);
  });
});
