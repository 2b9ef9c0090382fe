import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { type Embedder, EMBEDDERS, json, servicesHouse, VECTORS } from './services/services-house';

const its = servicesHouse();
const { rowOf, sent } = its;
const { narrow, other, poor } = its.keys;

describe('services beside conversations', () => {
  describe.each(Object.keys(EMBEDDERS) as Embedder[])('embeddings of a provider that speaks %s', (dialect) => {
    const { path, answer, tokens } = EMBEDDERS[dialect];

    it('come as the OpenAI SDK asks for them, as numbers, as base64, and are charged', async () => {
      its.house.upstream.always(json(answer));
      // Without an encoding the SDK asks for base64, and unpacks that.
      const { data, response } = await its.house.openai.embeddings.create({ model: dialect, input: ['Hello', '東京'] }).withResponse();
      expect(data.data.map(({ embedding }) => embedding)).toEqual(VECTORS);
      expect(its.house.upstream.calls.map((call) => call.path)).toEqual([path]);
      const row = await rowOf(response);
      expect(row).toMatchObject({ dialect: 'openai', provider: dialect, estimated: tokens === null, output_tokens: '0', status: 200 });
      expect(Number(row.input_tokens)).toBe(tokens ?? data.usage.prompt_tokens);
      expect(row.charged_nano).toBe(String(Number(row.input_tokens) * 1000));

      const numbers = await its.house.openai.embeddings.create({ model: dialect, input: ['Hello', '東京'], encoding_format: 'float' });
      expect(numbers.data.map(({ embedding, index }) => [index, embedding])).toEqual(VECTORS.map((vector, i) => [i, vector]));
      const raw = (await (await its.house.post('/v1/embeddings', { model: dialect, input: ['Hello', '東京'], encoding_format: 'base64' })).json()) as { data: { embedding: string }[] };
      expect(Buffer.from(raw.data[0]?.embedding ?? '', 'base64').readFloatLE(8)).toBe(0.125);
    });

    it('come on the internal channel too, with the gateway block, charged nothing', async () => {
      its.house.upstream.always(json(answer));
      const { data, response } = await its.internal.embeddings.create({ model: dialect, input: ['Hello', '東京'], encoding_format: 'float' }).withResponse();
      expect(data).toMatchObject({ data: [{ embedding: VECTORS[0] }, { embedding: VECTORS[1] }], gateway: { attempts: [{ provider: dialect, outcome: 'ok' }] } });
      expect(await rowOf(response)).toMatchObject({ charged_nano: '0' });
    });

    it('fail with the SDK’s own errors, and charge nothing', async () => {
      its.house.upstream.always({ status: 400, ...json({ message: 'input too long', error: { message: 'input too long' } }) });
      const refused = (await its.house.openai.embeddings.create({ model: dialect, input: ['Hello', '東京'] }).catch((error: unknown) => error)) as InstanceType<typeof OpenAI.BadRequestError>;
      expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
      expect(refused.message).toContain('input too long');
      its.house.upstream.always(json({ results: 'nonsense' }));
      const broken = (await its.house.openai.embeddings.create({ model: dialect, input: ['Hello', '東京'] }).catch((error: unknown) => error)) as InstanceType<typeof OpenAI.APIError>;
      expect(broken).toMatchObject({ status: 502, code: 'UPSTREAM_INVALID_RESPONSE' });
      expect(await rowOf({ headers: broken.headers as Headers })).toMatchObject({ charged_nano: '0', status: 502 });
    });
  });

  describe('embeddings', () => {
    it('of many texts are asked for in several calls where the provider takes few, and make one answer and one row', async () => {
      its.house.upstream.always(({ body }) => json({ embedding: [String((body as { inputText: string }).inputText).length, 0], inputTextTokenCount: 2 }));
      const input = Array.from({ length: 9 }, (_, i) => 'x'.repeat(i + 1));
      const { data, response } = await its.house.openai.embeddings.create({ model: 'titan', input }).withResponse();
      expect(data.data.map(({ embedding }) => embedding[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(its.house.upstream.calls).toHaveLength(9);
      expect(await rowOf(response)).toMatchObject({ input_tokens: '18', charged_nano: '18000', estimated: false });
    });

    it('of which one part fails fail whole, and charge nothing', async () => {
      its.house.upstream.always(({ body }) => ((body as { inputText: string }).inputText === 'bad' ? { status: 400, ...json({ message: 'no' }) } : json({ embedding: [1], inputTextTokenCount: 2 })));
      const answer = await its.house.post('/v1/embeddings', { model: 'titan', input: ['good', 'good', 'bad', 'good', 'good', 'good', 'good', 'good', 'good', 'good'] });
      expect(answer.status).toBe(400);
      expect(its.house.upstream.calls.length).toBeLessThan(10);
      expect(await rowOf(answer)).toMatchObject({ charged_nano: '0', status: 400 });
    });

    it('of tokens are refused where the provider reads texts, and go to another that can', async () => {
      const refused = (await its.house.openai.embeddings.create({ model: 'gemini', input: [1, 2, 3] }).catch((error: unknown) => error)) as InstanceType<typeof OpenAI.BadRequestError>;
      expect(refused).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'input' });
      expect(its.house.upstream.calls).toEqual([]);
      its.house.spare.always(json(EMBEDDERS.openai.answer));
      expect((await its.house.openai.embeddings.create({ model: 'either', input: [1, 2, 3] })).data).toHaveLength(2);
    });

    it('tell what was dropped, and drop only where they may', async () => {
      its.house.upstream.always(json(EMBEDDERS.gemini.answer));
      const refused = await its.house.post('/v1/embeddings', { model: 'gemini', input: ['a', 'b'], late_chunking: true });
      expect(refused.status).toBe(400);
      const dropped = await its.house.post('/v1/embeddings', { model: 'gemini', input: ['a', 'b'], late_chunking: true, user: 'u', encoding_format: 'float' }, { 'x-gateway-drop-params': 'true' });
      expect(dropped.headers.get('x-gateway-dropped-params')).toBe('user, late_chunking');
    });

    it('pass byte for byte where nothing has to change', async () => {
      const body = '{ "input":"Hello",  "model":"openai", "x": 1e3 }';
      its.house.upstream.always(json(EMBEDDERS.openai.answer));
      await its.house.post('/v1/embeddings', body);
      expect(its.house.upstream.calls[0]?.raw.toString()).toBe(body.replace('"openai"', '"text-embedding-3-small"'));
    });
  });

  describe('rerank', () => {
    const JINA = { model: 'bge', object: 'list', usage: { prompt_tokens: 21, total_tokens: 21 }, results: [{ index: 1, relevance_score: 0.75, document: { text: 'b' } }, { index: 0, relevance_score: 0.25, document: { text: 'a' } }] };
    const COHERE = { id: '0773', results: [{ index: 1, relevance_score: 0.75 }, { index: 0, relevance_score: 0.25 }], meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } } };
    const question = { query: 'q', documents: ['a', 'b'] };

    it('in Jina’s form passes to a server of that form, and comes back as it was', async () => {
      its.house.upstream.always(json(JINA));
      const answer = await its.house.post('/v1/rerank', { model: 'reranker', ...question, top_n: 2 });
      expect(await answer.json()).toEqual(JINA);
      expect(sent()).toMatchObject({ path: '/v1/rerank', body: { model: 'bge', ...question, top_n: 2 } });
      expect(await rowOf(answer)).toMatchObject({ input_tokens: '21', charged_nano: '21000', dialect: 'openai', estimated: false });
    });

    it('in Cohere’s form passes to Cohere', async () => {
      its.house.upstream.always(json(COHERE));
      const answer = await its.house.post('/v2/rerank', { model: 'rerank-v3.5', ...question, top_n: 2 });
      expect(await answer.json()).toEqual(COHERE);
      expect(sent()).toMatchObject({ path: '/v1/v2/rerank', body: { model: 'rerank-v3.5', ...question, top_n: 2 } });
    });

    it('is translated where caller and provider differ, and answered in the caller’s form', async () => {
      its.house.upstream.always(json(COHERE));
      const jina = await its.house.post('/v1/rerank', { model: 'rerank-v3.5', ...question, documents: [{ text: 'a' }, 'b'], return_documents: true });
      expect(await jina.json()).toMatchObject({ model: 'rerank-v3.5', object: 'list', results: [{ index: 1, relevance_score: 0.75, document: { text: 'b' } }, { index: 0, document: { text: 'a' } }], usage: { total_tokens: expect.any(Number) } });
      expect(sent().body).toEqual({ model: 'rerank-v3.5', query: 'q', documents: ['a', 'b'] });
      its.house.upstream.always(json(JINA));
      for (const [path, more] of [['/v2/rerank', {}], ['/v1/rerank', { max_tokens_per_doc: 50 }]] as const) {
        const cohere = (await (await its.house.post(path, { model: 'reranker', ...question, ...more })).json()) as Record<string, unknown>;
        expect(cohere).toMatchObject({ id: expect.any(String), results: [{ index: 1, relevance_score: 0.75 }, { index: 0, relevance_score: 0.25 }], meta: { billed_units: { search_units: 1 } } });
        expect(JSON.stringify(cohere)).not.toContain('document');
      }
    });

    it('is served on both channels by the simulator, best first', async () => {
      const documents = ['Berlin is in Germany', 'Paris is the capital of France', 'fish'];
      const answer = (await (await its.house.post('/v1/rerank', { model: 'sim', query: 'capital of France', documents, top_n: 2 })).json()) as { results: { index: number; document: { text: string } }[] };
      expect(answer.results.map(({ index, document }) => [index, document.text])).toEqual([[1, documents[1]], [0, documents[0]]]);
      const own = (await its.internal.post('/rerank', { body: { model: 'sim', query: 'capital of France', documents } })) as { results: unknown[]; gateway: unknown };
      expect(own).toMatchObject({ results: { length: 3 }, gateway: { attempts: [{ outcome: 'ok' }] } });
    });

    it.each([
      [{ query: '' }, 'query'],
      [{ documents: [] }, 'documents'],
      [{ documents: [1] }, 'documents'],
      [{ top_n: 0 }, 'top_n'],
      [{ return_documents: 'yes' }, 'return_documents'],
    ])('refuses %j', async (more, param) => {
      const answer = await its.house.post('/v1/rerank', { model: 'rerank-v3.5', ...question, return_documents: true, ...more });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { param, type: 'invalid_request_error' } });
    });

    it('is charged by the search where that is its price, as many as the provider tells, and the price is none for anything else', async () => {
      const searches = async (answer: Response) => {
        const id = answer.headers.get('x-request-id') as string;
        const [row] = await its.house.eventually<{ units: unknown; cost_nano: string; charged_nano: string }>(`select units, cost_nano, charged_nano from usage_records where id = '${id}'`, (rows) => rows.length === 1);
        return row;
      };
      const told = (search_units: number) => its.house.upstream.always(json({ ...COHERE, meta: { billed_units: { search_units } } }));
      told(2);
      expect(await searches(await its.house.post('/v2/rerank', { model: 'searcher', ...question }))).toEqual({ units: { searches: 2 }, cost_nano: '4000000', charged_nano: '4000000' });
      expect(await searches(await its.house.post('/v1/rerank', { model: 'searcher', ...question, return_documents: true }))).toMatchObject({ units: { searches: 2 }, charged_nano: '4000000' });
      told(1e6);
      expect(await searches(await its.house.post('/v2/rerank', { model: 'searcher', ...question }))).toEqual({ units: { searches: 1 }, cost_nano: '2000000', charged_nano: '2000000' });
      told(1);
      expect((await its.house.post('/v2/rerank', { model: 'searcher', ...question }, { authorization: `Bearer ${poor}` })).status).toBe(402);
      expect(await (await its.house.post('/v1/embeddings', { model: 'searcher', input: 'Hello' })).json()).toMatchObject({ error: { code: 'MODEL_NOT_PRICED' } });
    });

    it('fails for Cohere’s clients as Cohere does', async () => {
      const answer = await its.house.post('/v2/rerank', { model: 'nobody', ...question });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ id: answer.headers.get('x-request-id'), message: expect.stringContaining('nobody'), code: 'MODEL_NOT_FOUND' });
    });
  });

  describe('moderations', () => {
    const ANSWER = { id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.9 } }] };

    it('pass to OpenAI, and cost nothing where they are declared free', async () => {
      its.house.upstream.always(json(ANSWER));
      const { data, response } = await its.house.openai.moderations.create({ model: 'moderator', input: ['I will kill you'] }).withResponse();
      expect(data).toEqual(ANSWER);
      expect(sent()).toMatchObject({ path: '/v1/moderations', body: { model: 'omni-moderation-latest' } });
      expect(await rowOf(response)).toMatchObject({ charged_nano: '0', cost_nano: '0', status: 200 });
      expect(await its.internal.moderations.create({ model: 'sim', input: 'I will kill you' })).toMatchObject({ results: [{ flagged: true, categories: { violence: true, hate: false } }] });
    });

    it('are refused to charged tenants where nobody has said what they cost', async () => {
      const refused = await its.house.openai.moderations.create({ model: 'unpriced', input: 'Hello' }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 503, code: 'MODEL_NOT_PRICED' });
    });

    it('are refused where the provider has none', async () => {
      const refused = await its.house.openai.moderations.create({ model: 'gemini', input: 'Hello' }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'model' });
    });
  });

  describe('all of them', () => {
    const CALLS = [
      ['/v1/embeddings', { model: 'sim', input: 'Hello' }],
      ['/v1/rerank', { model: 'sim', query: 'q', documents: ['a'] }],
      ['/v1/moderations', { model: 'sim', input: 'Hello' }],
    ] as const;

    it('heed the endpoints of a key', async () => {
      const statuses = await Promise.all(CALLS.map(async ([path, body]) => (await its.house.post(path, body, { authorization: `Bearer ${narrow}` })).status));
      expect(statuses).toEqual([200, 403, 403]);
    });

    it('are held before they are made, and refused to whoever cannot pay the most that they may cost', async () => {
      const answer = await its.house.post('/v1/rerank', { model: 'sim', query: 'q', documents: ['word '.repeat(100)] }, { authorization: `Bearer ${poor}` });
      expect(answer.status).toBe(402);
    });

    it.each(CALLS)('%s is given again out of the cache, to the same tenant alone', async (path, body) => {
      const ask = (key: string) => its.house.post(path, { ...body, user: path }, { 'x-cache': 'on', authorization: `Bearer ${key}` });
      const first = await ask(its.house.key);
      const text = await first.text();
      expect(first.headers.get('x-cache')).toBe('MISS');
      const again = await ask(its.house.key);
      expect([again.headers.get('x-cache'), await again.text()]).toEqual(['HIT', text]);
      expect((await ask(other)).headers.get('x-cache')).toBe('MISS');
    });

    it.each(CALLS)('%s is charged once under its idempotency key', async (path, body) => {
      const key = { 'idempotency-key': randomUUID() };
      const first = await its.house.post(path, body, key);
      const text = await first.text();
      const again = await its.house.post(path, body, key);
      expect([again.headers.get('idempotent-replayed'), await again.text()]).toEqual(['true', text]);
    });
  });
});
