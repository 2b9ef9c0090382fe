import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Provider, ProviderDialect } from '@higress/kernel';
import { CLIENT_SERVICES, type ClientService, type Json, Loss, scanJson, type ServiceEndpoint, type ServiceFields, type ServiceWay } from '@higress/wire';
import { adapterFor, registry } from '../index';

interface Exchanged {
  readonly about: string;
  readonly endpoint: ServiceEndpoint;
  readonly model: string;
  readonly asks: Json;
  readonly calls?: readonly { readonly path?: string; readonly body: Json }[];
  readonly answers?: readonly Json[];
  readonly fields?: ServiceFields;
  readonly usage?: Json | null;
  readonly units?: Json;
  readonly dropped?: readonly string[];
  readonly gives?: Json;
  readonly refuses?: string;
}

const provider = (dialect: ProviderDialect, baseUrl = 'https://example.com'): Provider => ({ id: 'p', name: 'p', dialect, baseUrl, headers: {}, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [] });

/** What a provider is asked beside conversations, as it documents it; each with the client's request and answer. */
const recorded = (Object.keys(registry) as ProviderDialect[]).flatMap((dialect) => {
  const file = join(__dirname, dialect, 'fixtures', 'services.json');
  return existsSync(file) ? [{ dialect, all: JSON.parse(readFileSync(file, 'utf8')) as Exchanged[] }] : [];
});

const translatorOf = (dialect: ProviderDialect, { endpoint, model }: Pick<Exchanged, 'endpoint' | 'model'>) => {
  const way = adapterFor(dialect).services(provider(dialect), model)[endpoint] as ServiceWay<'embeddings'>;
  return { way, translator: way.translator as NonNullable<typeof way.translator>, service: CLIENT_SERVICES[endpoint] as ClientService<'embeddings'> };
};

describe.each(recorded)('$dialect', ({ dialect, all }) => {
  const told = all.filter(({ refuses }) => refuses === undefined);
  const refused = all.filter(({ refuses }) => refuses !== undefined);

  it.each(told)('is asked as it documents: $about', (one) => {
    const { translator, service } = translatorOf(dialect, one);
    service.read(scanJson(Buffer.from(JSON.stringify(one.asks))));
    const loss = new Loss('openai', dialect, false);
    const calls = translator.encode(service.decode(one.asks, service.formOf(one.asks, '/v1/x')), { model: one.model, loss });
    expect(calls.map(({ path, body }) => ({ ...(path !== undefined && { path }), body: JSON.parse(body.toString()) as Json }))).toEqual(one.calls);
    expect(loss.dropped).toEqual(one.dropped ?? []);
  });

  it.each(told)('is read as it documents: $about', (one) => {
    const { translator, service } = translatorOf(dialect, one);
    const asked = service.decode(one.asks, service.formOf(one.asks, '/v1/x'));
    const given = translator.decode(one.answers as Json[], asked, one.fields ?? {});
    if (one.usage) expect(given.usage).toMatchObject({ ...one.usage, estimated: false });
    else expect(given.usage).toBeNull();
    expect((given as { units?: Json }).units).toEqual(one.units);
    const usage = { inputTokens: 7, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, estimated: true, ...given.usage, units: (one.units as { searches: number } | undefined) ?? { searches: 1 } };
    const form = service.formOf(one.asks, '/v1/x');
    expect(service.encode(given, asked, { model: 'm', requestId: 'r', form, usage })).toMatchObject(one.gives as Json);
  });

  if (refused.length > 0) {
    it.each(refused)('cannot be asked: $about', (one) => {
      const { translator, service } = translatorOf(dialect, one);
      const ask = () => translator.encode(service.decode(one.asks, service.formOf(one.asks, '/v1/x')), { model: one.model, loss: new Loss('openai', dialect, false) });
      expect(ask).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_PARAMETER', param: one.refuses }));
    });
  }

  it.each(told)('is believed nothing that it did not say: $about', (one) => {
    const { translator, service } = translatorOf(dialect, one);
    const asked = service.decode(one.asks, service.formOf(one.asks, '/v1/x'));
    const broken: Json[][] = [[{}], [{ embeddings: 1, predictions: [null], embedding: ['x'], results: [{ index: 99, relevance_score: 1 }] }], [{ embeddings: { float: [] }, results: [{ index: 0, relevance_score: null }] }]];
    for (const answers of broken) expect(() => translator.decode(answers, asked, {})).toThrow(expect.objectContaining({ code: 'UPSTREAM_INVALID_RESPONSE' }));
  });
});

describe('many texts', () => {
  const encode = (dialect: ProviderDialect, model: string, input: string[]) => {
    const { translator, service } = translatorOf(dialect, { endpoint: 'embeddings', model });
    return translator.encode(service.decode({ model: 'm', input }, 'openai'), { model, loss: new Loss('openai', dialect, false) });
  };

  it('go in as many calls as the provider needs, in their order', () => {
    const texts = Array.from({ length: 201 }, (_, i) => `text ${i}`);
    const calls = encode('gemini', 'text-embedding-004', texts).map(({ body }) => JSON.parse(body.toString()) as { requests: { content: { parts: { text: string }[] } }[] });
    expect(calls.map(({ requests }) => requests.length)).toEqual([100, 100, 1]);
    expect(calls.flatMap(({ requests }) => requests.map(({ content }) => content.parts[0]?.text))).toEqual(texts);
    expect(encode('cohere', 'embed-v4.0', texts)).toHaveLength(3);
    expect(encode('vertex', 'text-embedding-005', texts)).toHaveLength(1);
  });

  it('are refused where they would hold up everybody else', () => {
    expect(() => encode('bedrock', 'amazon.titan-embed-text-v2:0', Array.from({ length: 129 }, () => 'x'))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_PARAMETER', param: 'input' }));
  });
});

describe('what servers of OpenAI’s form have', () => {
  const ways = (baseUrl: string) => adapterFor('openai').services(provider('openai', baseUrl), 'm');

  it('is all of it where we know nothing', () => {
    expect(Object.keys(ways('http://10.0.0.1:8000/v1')).sort()).toEqual(['embeddings', 'moderations', 'rerank']);
  });

  it('is less where we know better, and elsewhere where they have it there', () => {
    expect(Object.keys(ways('https://api.openai.com/v1')).sort()).toEqual(['embeddings', 'moderations']);
    expect(ways('https://api.deepseek.com')).toEqual({});
    expect(ways('https://dashscope.aliyuncs.com/compatible-api/v1').rerank?.path).toBe('/reranks');
  });
});
