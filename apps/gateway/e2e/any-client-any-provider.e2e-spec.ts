import type { ProviderCall } from '@higress/testing';
import { asOwner } from './as-owner';
import { anthropicMessages } from './speaking/clients/anthropic-messages';
import { googleGenAi } from './speaking/clients/google-genai';
import { langChain } from './speaking/clients/langchain';
import { openAiChat } from './speaking/clients/openai-chat';
import { openAiResponses } from './speaking/clients/openai-responses';
import type { Heard, Question, Reach, SpokenClient } from './speaking/clients/spoken-client';
import { vercelAnthropic, vercelCompatible } from './speaking/clients/vercel-ai';
import { NEW_AZURE, openSpeakingHouse, PROVIDERS, type SpeakingHouse } from './speaking/speaking-house';
import { CALLS, CONCLUDED, DECIDED, SAID, THOUGHT } from './speaking/spoken-provider';

const CLIENTS: readonly ((reach: Reach) => SpokenClient)[] = [openAiChat, openAiResponses, anthropicMessages, googleGenAi, vercelCompatible, vercelAnthropic, langChain];
const NOWHERE: Reach = { url: 'http://localhost', model: '', key: 'x' };
const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const ADDRESS = 'https://example.com/tokyo.png';
const RESULTS = ['21 degrees', 'noon'];
const HEARS_DISCONNECT_WITHIN_MS = 2_000;

let house: SpeakingHouse;
beforeAll(async () => void (house = await openSpeakingHouse()));
afterAll(() => house.close());
beforeEach(() => {
  house.mood = { does: 'answer' };
  house.forget();
});

describe.each(PROVIDERS)('a provider that speaks $dialect', (provider) => {
  const { dialect, usage, tellsThoughts, takesImageUrls } = provider;

  describe.each(CLIENTS.map((make) => ({ make, name: make(NOWHERE).name })))('with $name', ({ make }) => {
    let client: SpokenClient;
    beforeAll(() => void (client = make({ url: house.gateway.url, model: dialect, key: house.key })));
    afterEach(() => expect(house.faults).toEqual([]));
    const both = async (question: Question): Promise<Heard[]> => [await client.ask(question), await client.stream(question)];

    it('answers whole and in a stream', async () => {
      for (const heard of await both({ text: 'Hi' })) {
        expect(heard).toMatchObject({ text: SAID, calls: [], thought: '' });
        expect(heard.usage).toEqual({ input: usage.input, cached: usage.cached });
      }
    });

    it('calls tools at once, and hears their results', async () => {
      for (const heard of await both({ text: 'Hi', tools: true })) {
        expect(heard.text).toBe(SAID);
        expect(heard.calls).toEqual(CALLS.map((call) => ({ ...call, id: expect.any(String) as string })));
        const concluded = await client.ask({ text: 'Hi', tools: true, after: { heard, results: RESULTS } });
        expect(concluded.text).toBe(CONCLUDED);
        expect(house.heard.at(-1)?.results).toEqual(RESULTS);
      }
    });

    it('sees an image, as data and at an address', async () => {
      await client.ask({ text: 'What is this?', image: PNG });
      expect(house.heard.at(-1)?.images).toEqual([PNG]);
      if (!client.sendsAddresses) return;
      if (takesImageUrls) {
        await client.ask({ text: 'What is this?', image: ADDRESS });
        expect(house.heard.at(-1)?.images).toEqual([ADDRESS]);
      } else {
        await expect(client.ask({ text: 'What is this?', image: ADDRESS })).rejects.toThrow(/image/);
        expect(house.heard).toHaveLength(1);
      }
    });

    it('keeps to a JSON schema', async () => {
      for (const { text } of await both({ text: 'Where?', json: true })) expect(JSON.parse(text)).toEqual(DECIDED);
      expect(house.heard.map(({ wish }) => wish)).toEqual(['json', 'json']);
    });

    it('tells what it thought, and is shown its own seals again', async () => {
      for (const [i, heard] of (await both({ text: 'Hi', tools: true, thinks: true })).entries()) {
        expect(house.heard[i]?.thinks).toBe(true);
        if (tellsThoughts && client.tellsThoughts) expect(heard.thought).toBe(THOUGHT);
        await client.ask({ text: 'Hi', tools: true, thinks: true, after: { heard, results: RESULTS } });
        const { [i === 0 ? 'whole' : 'streamed']: keeps } = provider.seals === 'calls' ? client.keepsCallSeals : client.keepsSeals;
        if (keeps && provider.seals) expect(house.heard.at(-1)?.hasSeal).toBe(true);
      }
    });

    it('raises its own errors', async () => {
      house.mood = { does: 'refuse', status: 400 };
      const refused: unknown = await client.ask({ text: 'Hi' }).catch((error: unknown) => error);
      expect(client.isTyped(refused, 400)).toBe(true);
      expect((refused as Error).message).toContain('Too hot.');
      house.mood = { does: 'refuse', status: 429 };
      const limited = make({ url: house.gateway.url, model: `limited-${dialect}`, key: house.key });
      for (const told of [limited.ask({ text: 'Hi' }), limited.stream({ text: 'Hi' })]) expect(client.isTyped(await told.catch((error: unknown) => error), 429)).toBe(true);
      house.mood = { does: 'break' };
      const broken: unknown = await client.stream({ text: 'Hi' }).catch((error: unknown) => error);
      expect(broken).toBeInstanceOf(Error);
      expect(String(broken)).not.toContain(provider.credential);
    });

    it('leaves in mid-stream, and the provider is told', async () => {
      house.mood = { does: 'hang' };
      const leave = new AbortController();
      let leftAt = 0;
      const left = client.stream({ text: 'Hi' }, { signal: leave.signal, onText: () => void ((leftAt ||= Date.now()), leave.abort()) }).catch(() => undefined);
      const call = await house.upstream.call(0);
      await call.ended;
      await left;
      expect(call.aborted).toBe(true);
      expect(leftAt).toBeGreaterThan(0);
      expect((call.abortedAt as number) - leftAt).toBeLessThan(HEARS_DISCONNECT_WITHIN_MS);
    });
  });
});

describe.each(PROVIDERS)('the fake that speaks $dialect', ({ dialect }) => {
  it('answers what the gateway sent it, and refuses the same without its credential, with a member too many, or signed for other bytes', async () => {
    await house.post('/v1/chat/completions', { model: dialect, messages: [{ role: 'user', content: 'Hi' }] });
    const [call] = house.upstream.calls as [ProviderCall];
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = call.headers as Record<string, string>;
    house.mood = { does: 'answer', isRehearsal: true };
    const again = async (body: string, fields: Record<string, string>) => (await fetch(`http://127.0.0.1:${house.upstream.port}${call.path}`, { method: 'POST', headers: fields, body })).status;
    const { authorization: _bearer, 'x-api-key': _key, 'api-key': _azure, 'x-goog-api-key': _google, ...bare } = headers;
    const raw = call.raw.toString();
    expect([await again(raw, headers), await again(raw, bare), await again(`{"mystery":1,${raw.slice(1)}`, headers)]).toEqual([200, 400, 400]);
    if (dialect === 'bedrock') expect([await again(`${raw} `, headers), await again(raw, { ...headers, 'x-amz-date': '20200101T000000Z' })]).toEqual([400, 400]);
  });
});

describe('Azure in its newer form', () => {
  it.each([
    ['chat/completions', '"messages":[{"role":"user","content":"H\\u0069"}]', { object: 'chat.completion', choices: [] }],
    // One that is kept here is told to be kept.
    ['responses', '"store" : false, "input": "H\\u0069"', { object: 'response', status: 'completed', output: [] }],
  ])('is sent the bytes of %s, and its own come back', async (endpoint, asked, said) => {
    const answer = JSON.stringify({ id: 'a', ...said, mystery: [1.0] }, null, 1);
    house.upstream.next({ body: answer });
    const response = await house.post(`/v1/${endpoint}`, `{ "model" : "new-azure", ${asked} }`);
    expect(await response.text()).toBe(answer);
    const [call] = house.upstream.calls;
    expect(call).toMatchObject({ path: `${NEW_AZURE.base}/${endpoint}`, headers: { 'api-key': NEW_AZURE.credential } });
    expect(call?.raw.toString()).toBe(`{ "model" : "${NEW_AZURE.model}", ${asked} }`);
  });
});

describe('pages to chat on, with all that they send whether it is wanted or not', () => {
  const neutral = { n: 1, temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, logit_bias: {}, logprobs: false, seed: null, stop: null, tools: [], user: '65f0c1' };
  const pages: [string, object][] = [
    ['LibreChat', { ...neutral, messages: [{ role: 'system', content: 'You are kind.', name: 'instructions' }, { role: 'user', content: 'Hi' }] }],
    ['LibreChat, for a title', { ...neutral, tools: undefined, temperature: 0.2, max_tokens: 24, messages: [{ role: 'system', content: 'Give a title.' }, { role: 'user', content: '||>User: Hi' }] }],
    ['Open WebUI', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'image_url', image_url: { url: PNG } }] }, { role: 'assistant', content: '' }, { role: 'user', content: 'And?' }], stream_options: { include_usage: true }, max_tokens: 200 }],
    ['Open WebUI, for tags', { messages: [{ role: 'user', content: 'Tag this.' }], max_completion_tokens: 1000 }],
  ];

  it.each(pages)('%s is answered by every provider', async (_, body) => {
    for (const { dialect } of PROVIDERS) {
      const whole = await house.post('/v1/chat/completions', { model: dialect, stream: false, ...body, stream_options: undefined });
      expect([dialect, whole.status, whole.status === 200 ? '' : await whole.text()]).toEqual([dialect, 200, '']);
      const streamed = await (await house.post('/v1/chat/completions', { model: dialect, ...body, stream: true })).text();
      expect(streamed).toMatch(/data: \[DONE\]\n\n$/);
    }
    expect(house.faults).toEqual([]);
  });
});

it('the log has what a provider said when it broke, and not what it quoted of its credential', () => {
  const log = house.gateway.log();
  expect(log).toContain('It broke with [redacted].');
  for (const { credential } of PROVIDERS) expect(log).not.toContain(credential);
});

describe('the book', () => {
  const nano = (usd: string) => Math.round(Number(usd) * 1e9);

  it.each(PROVIDERS)('has what a provider of $dialect told in the same parts, cached tokens once', async ({ dialect, usage }) => {
    const owner = await asOwner(house.gateway);
    const calls = house.answered.get(dialect);
    await house.eventually<{ calls: string }>(`select count(*) as calls from usage_records where model = '${dialect}' and status = 200`, ([row]) => Number(row?.calls) === calls);
    const { body } = await owner<{ data: Record<string, unknown>[] }>('GET', `usage?model=${dialect}&status=200&limit=1000`);
    expect(body.data).toHaveLength(calls as number);
    expect(new Set(body.data.map((row) => `${String(row.dialect)} ${String(row.stream)}`))).toEqual(new Set(['openai', 'anthropic', 'gemini'].flatMap((client) => [`${client} true`, `${client} false`])));
    const { input, cached, written, output, reasoning } = usage;
    const costNano = ((input - cached - written) * 1 + cached * 0.5 + written * 1.25 + (output - reasoning) * 2 + reasoning * 3) * 1_000;
    for (const row of body.data) {
      expect(row).toMatchObject({ input_tokens: input, cached_input_tokens: cached, output_tokens: output, reasoning_tokens: reasoning, estimated: false });
      expect(nano(row.cost_usd as string)).toBe(costNano);
    }
    const written_ = await house.sql<{ tokens: string }>(`select distinct cache_write_tokens as tokens from usage_records where model = '${dialect}' and status = 200`);
    expect(written_.map(({ tokens }) => Number(tokens))).toEqual([written]);
    const charged = await house.sql<{ amount: string; entries: string }>(`select sum(-l.amount_nano) as amount, count(*) as entries from ledger_entries l join usage_records u on u.id = l.request_id where u.model = '${dialect}' and u.status = 200`);
    expect(charged.map(({ amount, entries }) => [Number(amount), Number(entries)])).toEqual([[costNano * body.data.length, body.data.length]]);
  });
});
