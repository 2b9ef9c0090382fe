import OpenAI from 'openai';
import { type House, openHouse, PRICE } from './open-house';

const messages = [{ role: 'user' as const, content: 'Hello' }];

/** What a user of the official SDK sees: answers as OpenAI gives them, and the SDK's own typed errors. */
describe('the official OpenAI SDK', () => {
  let house: House;

  beforeAll(async () => {
    house = await openHouse({
      file: ({ key }) => ({
        models: [
          { name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] },
          { name: 'unpriced', deployments: [{ provider: 'first', upstream_model: 'fake-model' }] },
          { name: 'org/free', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: 'free' }] },
        ],
        tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }, { name: 'poor', billing: 'prepaid', limits: { unlimited: true } }],
        keys: [
          { tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } },
          { tenant: 'acme', name: 'narrow', value: `${key}-narrow`, models: ['org/*'], limits: { rpm: 2 } },
          { tenant: 'poor', name: 'poor', value: `${key}-poor`, limits: { unlimited: true } },
        ],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());
  const as = (suffix: string) => new OpenAI({ apiKey: `${house.key}${suffix}`, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });

  it('gets a completion, asked of the provider with its own model name and credential', async () => {
    const answer = await house.openai.chat.completions.create({ model: 'fake', messages, temperature: 0.5 });
    expect(answer).toMatchObject({ object: 'chat.completion', choices: [{ message: { role: 'assistant', content: 'Hello there.' }, finish_reason: 'stop' }], usage: { prompt_tokens: 11, completion_tokens: 7 } });
    expect(house.upstream.calls[0]).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer credential-of-first' }, body: { model: 'fake-model', messages, temperature: 0.5 } });
  });

  it('streams without a usage chunk that it did not ask for, though the provider was asked', async () => {
    const chunks = [];
    for await (const chunk of await house.openai.chat.completions.create({ model: 'fake', messages, stream: true })) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello there.');
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(house.upstream.calls[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('streams with the usage chunk that it asked for', async () => {
    const chunks = [];
    for await (const chunk of await house.openai.chat.completions.create({ model: 'fake', messages, stream: true, stream_options: { include_usage: true } })) chunks.push(chunk);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } });
  });

  it('gets embeddings', async () => {
    const answer = await house.openai.embeddings.create({ model: 'fake', input: ['a', 'b'], encoding_format: 'float' });
    expect(answer.data.map(({ embedding }) => embedding.length)).toEqual([3, 3]);
  });

  it('lists the models of its key alone, and finds one with a slash in its name', async () => {
    expect((await house.openai.models.list()).data.map(({ id }) => id)).toEqual(['fake', 'org/free', 'unpriced']);
    expect((await as('-narrow').models.list()).data.map(({ id }) => id)).toEqual(['org/free']);
    expect(await house.openai.models.retrieve('org/free')).toMatchObject({ id: 'org/free', object: 'model', owned_by: 'gateway' });
  });

  it('aborts in mid-stream, and the provider is cancelled within 2 s', async () => {
    house.upstream.next({ text: Array<string>(1000).fill('word '), chunkDelayMs: 20 });
    const stream = await house.openai.chat.completions.create({ model: 'fake', messages, stream: true });
    for await (const _ of stream) break;
    const leftAt = Date.now();
    const call = await house.upstream.call(0);
    await call.ended;
    expect(call.aborted).toBe(true);
    expect((call.abortedAt as number) - leftAt).toBeLessThan(2000);
    const [row] = await house.eventually<{ status: number; output_tokens: number; estimated: boolean }>('select status, output_tokens, estimated from usage_records where status = 499', (rows) => rows.length === 1);
    expect(row).toMatchObject({ estimated: true });
    expect(Number(row?.output_tokens)).toBeGreaterThan(0);
  });

  const errorOf = (work: Promise<unknown>) =>
    work.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error,
    );

  it.each<[string, () => Promise<unknown>, new (...args: never[]) => Error, object]>([
    ['a bad key', () => as('-bad').models.list(), OpenAI.AuthenticationError, { status: 401, code: 'invalid_api_key' }],
    ['an unknown model', () => house.openai.chat.completions.create({ model: 'nope', messages }), OpenAI.NotFoundError, { status: 404, code: 'model_not_found', param: 'model' }],
    ['a model outside its scope', () => as('-narrow').chat.completions.create({ model: 'fake', messages }), OpenAI.PermissionDeniedError, { status: 403, code: 'SCOPE_DENIED' }],
    ['a model without a price', () => house.openai.chat.completions.create({ model: 'unpriced', messages }), OpenAI.InternalServerError, { status: 503, code: 'MODEL_NOT_PRICED' }],
    ['an empty balance', () => as('-poor').chat.completions.create({ model: 'fake', messages }), OpenAI.APIError, { status: 402, code: 'insufficient_quota' }],
    ['a bad parameter', () => house.openai.chat.completions.create({ model: 'fake', messages: [] }), OpenAI.BadRequestError, { status: 400, param: 'messages' }],
  ])('raises its own typed error for %s', async (_, work, type, about) => {
    const error = await errorOf(work());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject(about);
    expect((error as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^[0-9a-f-]{36}$/);
    expect(house.upstream.calls).toHaveLength(0);
  });

  it('raises a rate limit error with a time to wait', async () => {
    const client = as('-narrow');
    await client.chat.completions.create({ model: 'org/free', messages });
    await client.chat.completions.create({ model: 'org/free', messages });
    const error = (await errorOf(client.chat.completions.create({ model: 'org/free', messages }))) as InstanceType<typeof OpenAI.RateLimitError>;
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  });

  it('passes on a provider’s 400 with its status, message and code', async () => {
    house.upstream.next({ status: 400, body: { error: { message: 'This model’s maximum context length is 8 tokens.', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } } });
    const error = await errorOf(house.openai.chat.completions.create({ model: 'fake', messages }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'messages', message: expect.stringContaining('maximum context length') });
  });

  it('hides that a provider refused our credential', async () => {
    house.upstream.next({ status: 401, body: { error: { message: 'Incorrect API key provided: credential-of-first' } } });
    const error = (await errorOf(house.openai.chat.completions.create({ model: 'fake', messages }))) as Error;
    expect(error).toMatchObject({ status: 502, code: 'UPSTREAM_ERROR' });
    expect(error.message).not.toContain('credential');
  });

  it('raises an error when a provider breaks in mid-stream, after giving what came', async () => {
    house.upstream.next({ text: Array<string>(50).fill('word '), chunkDelayMs: 5, resetsAfterBytes: 2000 });
    const stream = await house.openai.chat.completions.create({ model: 'fake', messages, stream: true });
    let text = '';
    const error = await errorOf(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      })(),
    );
    expect(text).toContain('word');
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });
});
