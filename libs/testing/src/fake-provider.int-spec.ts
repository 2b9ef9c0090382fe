import { fakeProvider, type FakeProvider } from '../index';

describe('fakeProvider', () => {
  let provider: FakeProvider;
  beforeAll(async () => void (provider = await fakeProvider()));
  afterEach(() => provider.reset());
  afterAll(() => provider.close());

  const post = (body: object, init: RequestInit = {}) =>
    fetch(`${provider.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer secret' }, body: JSON.stringify(body), ...init });

  it('answers a completion and remembers the call', async () => {
    const answer = (await (await post({ model: 'm', messages: [] })).json()) as { choices: { message: { content: string } }[]; usage: object };
    expect(answer.choices[0]?.message.content).toBe('Hello there.');
    expect(answer.usage).toEqual({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
    expect(provider.calls).toHaveLength(1);
    expect(provider.calls[0]).toMatchObject({ path: '/v1/chat/completions', body: { model: 'm' }, headers: { authorization: 'Bearer secret' }, aborted: false });
  });

  it('streams chunks, usage when asked for, and [DONE]', async () => {
    const text = await (await post({ stream: true, stream_options: { include_usage: true } })).text();
    const events = text.trimEnd().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(events.at(-2)).toContain('"choices":[],"usage":{"prompt_tokens":11');
    expect(await (await post({ stream: true })).text()).not.toContain('usage');
  });

  it('plays what is queued once, in order, and then its usual part', async () => {
    provider.next({ status: 500 }, { status: 429, headers: { 'retry-after': '3' } });
    provider.always({ text: 'again' });
    const answers = [await post({}), await post({}), await post({})];
    expect(answers.map((answer) => answer.status)).toEqual([500, 429, 200]);
    expect(answers[1]?.headers.get('retry-after')).toBe('3');
  });

  it('resets before the headers and in the middle, and cuts a body short', async () => {
    provider.next({ resets: true }, { resetsAfterBytes: 20 }, { closesAfterBytes: 20 });
    await expect(post({})).rejects.toThrow();
    await expect(post({ stream: true }).then((answer) => answer.text())).rejects.toThrow();
    await expect(post({}).then((answer) => answer.text())).rejects.toThrow();
    expect(provider.calls.map((call) => call.aborted)).toEqual([false, false, false]);
  });

  it('sees the caller go away', async () => {
    provider.next({ hangs: true }, { endless: true, chunkDelayMs: 5 });
    const leave = new AbortController();
    const pending = post({}, { signal: leave.signal });
    const call = await provider.call(0);
    leave.abort();
    await expect(pending).rejects.toThrow();
    await call.ended;
    expect(call.aborted).toBe(true);
    expect(call.abortedAt).toBeGreaterThanOrEqual(call.atMs);

    const stream = await post({ stream: true });
    await stream.body?.getReader().cancel();
    const second = await provider.call(1);
    await second.ended;
    expect(second.aborted).toBe(true);
  });

  it('knows when the caller reads no more, and not before', async () => {
    provider.next({ text: ['x'.repeat(100_000)], endless: true });
    const answer = await post({ stream: true });
    const reader = answer.body?.getReader();
    const call = await provider.call(0);
    await call.stalled(100);
    const { bytesSent } = call;
    expect(bytesSent).toBeGreaterThan(0);
    while (call.bytesSent === bytesSent) await reader?.read();
    await reader?.cancel();
    await call.ended;
  });

  it('speaks with odd line ends, comments, no usage and no [DONE], byte by byte', async () => {
    provider.next({ lineEnd: '\r\n', comments: true, done: false, usage: null, bytesPerWrite: 1, text: ['Zoë'] });
    const text = await (await post({ stream: true, stream_options: { include_usage: true } })).text();
    expect(text).toMatch(/^: keep-alive\r\n\r\ndata: /);
    expect(text).toContain('Zoë');
    expect(text).not.toMatch(/usage|\[DONE\]/);
  });

  it('embeds each input and lists a model', async () => {
    const answer = await fetch(`${provider.url}/embeddings`, { method: 'POST', body: JSON.stringify({ input: ['a', 'b'] }) });
    expect(((await answer.json()) as { data: object[] }).data).toHaveLength(2);
    expect((await fetch(`${provider.url}/models`)).status).toBe(200);
  });
});
