import { Secret, type Provider, type ProviderDialect } from '@higress/kernel';
import { KNOWN_SERVERS, quirksOf, registry } from '../index';

const provider = (dialect: ProviderDialect, baseUrl: string, headers: Record<string, string> = {}): Provider => ({ id: 'p', name: 'p', dialect, baseUrl, headers, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [] });
const credential = (value: string) => ({ id: 'c', weight: 1, value: new Secret(value) });

describe('where a call goes', () => {
  it('to Gemini by the model’s name and whether it streams', () => {
    const at = provider('gemini', 'https://generativelanguage.googleapis.com/v1beta');
    expect(registry.gemini.path('chat/completions', 'gemini-2.5-flash', { provider: at, stream: false, passes: false })).toBe('/models/gemini-2.5-flash:generateContent');
    expect(registry.gemini.path('messages', 'tunedModels/a b?c', { provider: at, stream: true, passes: false })).toBe('/tunedModels/a%20b%3Fc:streamGenerateContent?alt=sse');
  });

  it('to Azure by the deployment in the path, or in its newer form by the model in the body', () => {
    const old = provider('azure-openai', 'https://x.openai.azure.com');
    const at = (baseUrl: Provider, passes = true) => registry['azure-openai'].path('chat/completions', 'gpt 4o', { provider: baseUrl, stream: true, passes });
    expect(at(old)).toBe('/openai/deployments/gpt%204o/chat/completions?api-version=2024-10-21');
    expect(at({ ...old, headers: { 'api-version': '2025-01-01-preview' } })).toBe('/openai/deployments/gpt%204o/chat/completions?api-version=2025-01-01-preview');
    expect(at(provider('azure-openai', 'https://x.openai.azure.com/openai/v1'))).toBe('/chat/completions');
    expect(registry['azure-openai'].path('audio/transcriptions', 'whisper', { provider: old, stream: false, passes: true })).toBe('/openai/deployments/whisper/audio/transcriptions?api-version=2024-10-21');
    expect(registry.openai.path('images/edits', 'm')).toBe('/images/edits');
  });

  it('to the list of models, wherever a provider has one', () => {
    const paths = Object.values(registry).map((adapter) => [adapter.name, adapter.path('models', '')]);
    expect(Object.fromEntries(paths)).toEqual({ openai: '/models', simulator: '/models', anthropic: '/models', gemini: '/models', 'azure-openai': '/openai/models?api-version=2024-10-21', vertex: '/publishers/google/models', bedrock: '/foundation-models', cohere: '/v1/models' });
    expect(registry.openai.path('embeddings', 'm')).toBe('/embeddings');
  });

  it('to Responses only where the server is OpenAI’s own and the client speaks it', () => {
    const openai = provider('openai', 'https://api.openai.com/v1');
    expect(registry.openai.speaks('responses', openai)).toBe(true);
    expect(registry.openai.path('responses', 'm', { provider: openai, stream: false, passes: true })).toBe('/responses');
    expect(registry.openai.path('messages', 'm', { provider: openai, stream: false, passes: false })).toBe('/chat/completions');
    expect(registry.openai.speaks('responses', provider('openai', 'https://api.deepseek.com'))).toBe(false);
    expect(registry.simulator.speaks('responses', provider('simulator', ''))).toBe(false);
  });
});

describe('Anthropic’s fields', () => {
  const at = provider('anthropic', 'https://api.anthropic.com/v1');
  const fields = (asked?: Record<string, string>, value = 'k') => registry.anthropic.headers(credential(value), at, asked).slice(0, 6);

  it('pass the client’s version and betas, and nothing else of its', () => {
    expect(fields({ 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b\r\nx: y', authorization: 'Bearer mine' })).toEqual(['x-api-key', 'k', 'anthropic-version', '2024-01-01', 'anthropic-beta', 'a,bx: y']);
  });

  it('show a subscription’s token as a bearer', () => {
    expect(fields({}, 'sk-ant-oat01-x').slice(0, 2)).toEqual(['authorization', 'Bearer sk-ant-oat01-x']);
  });
});

describe('the servers that we know', () => {
  it('are recognised by their host, whatever the path', () => {
    for (const { hosts, quirks } of KNOWN_SERVERS) for (const host of hosts) expect(quirksOf(`https://${host}/anything`)).toBe(quirks);
    expect(quirksOf('https://api.mistral.ai.evil.example/v1')).toBe(quirksOf('http://10.0.0.1:8000/v1'));
  });

  it('are named once, with a base URL that can be dialled', () => {
    expect(new Set(KNOWN_SERVERS.map(({ name }) => name)).size).toBe(KNOWN_SERVERS.length);
    for (const { baseUrl, hosts } of KNOWN_SERVERS) if (hosts.length > 0) expect(hosts).toContain(new URL(baseUrl).hostname);
  });
});
