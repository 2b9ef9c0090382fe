import type { Provider } from '@higress/kernel';
import { type ChatQuirks, type MediaEndpoint, OPENAI_QUIRKS, PLAIN_QUIRKS, type ServiceEndpoint } from '@higress/wire';

/** A server of OpenAI's form of which we know in what it differs. */
export interface KnownServer {
  readonly name: string;
  /** What to write as `base_url`. */
  readonly baseUrl: string;
  /** Hosts by which it is recognised; none for a server that runs anywhere. */
  readonly hosts: readonly string[];
  readonly quirks: ChatQuirks;
  /** What it is known not to have beside conversations; nothing, where it cannot be recognised. */
  readonly lacks: readonly (ServiceEndpoint | MediaEndpoint)[];
  /** Where it ranks documents, if not at `/rerank`. */
  readonly rerankPath?: string;
}

const IMAGES = ['images/generations', 'images/edits'] as const;
const SPEECH = ['audio/speech'] as const;
const HEARING = ['audio/transcriptions', 'audio/translations'] as const;
const MEDIA = [...IMAGES, ...SPEECH, ...HEARING] as const;

/** What takes text alone. */
const TEXT_ONLY = { images: false, audio: false, files: false } as const;

/**
 * The servers we know. Only what a server is known to refuse or to ignore is switched off: of the rest it judges by itself, and its own words
 * reach the client.
 */
export const KNOWN_SERVERS: readonly KnownServer[] = [
  { name: 'openai', baseUrl: 'https://api.openai.com/v1', hosts: ['api.openai.com'], lacks: ['rerank'], quirks: OPENAI_QUIRKS },
  {
    name: 'deepseek',
    baseUrl: 'https://api.deepseek.com',
    hosts: ['api.deepseek.com'],
    lacks: ['embeddings', 'rerank', 'moderations', ...MEDIA],
    quirks: { ...PLAIN_QUIRKS, ...TEXT_ONLY, thinking: true, jsonSchema: false, strictTools: false, parallelToolCalls: false, topK: false, seed: false, choices: false, logitBias: false, user: false },
  },
  { name: 'groq', baseUrl: 'https://api.groq.com/openai/v1', hosts: ['api.groq.com'], lacks: ['embeddings', 'rerank', 'moderations', ...IMAGES], quirks: { ...PLAIN_QUIRKS, outputBound: 'max_completion_tokens', audio: false, files: false, thoughtsBack: null, topK: false, choices: false, logprobs: false, logitBias: false, serviceTier: true } },
  {
    name: 'mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    hosts: ['api.mistral.ai'],
    lacks: ['rerank', ...IMAGES, ...SPEECH, 'audio/translations'],
    quirks: { ...PLAIN_QUIRKS, audio: false, files: false, thoughtsBack: null, topK: false, seedField: 'random_seed', streamOptions: false, logprobs: false, logitBias: false, reasoningEffort: false, user: false },
  },
  { name: 'openrouter', baseUrl: 'https://openrouter.ai/api/v1', hosts: ['openrouter.ai'], lacks: ['moderations', ...MEDIA], quirks: { ...PLAIN_QUIRKS, cacheMarks: true, verbosity: true } },
  { name: 'together', baseUrl: 'https://api.together.xyz/v1', hosts: ['api.together.xyz', 'api.together.ai'], lacks: ['moderations'], quirks: { ...PLAIN_QUIRKS, audio: false, files: false, video: true, thoughtsBack: null, logprobs: false, user: false } },
  { name: 'xai', baseUrl: 'https://api.x.ai/v1', hosts: ['api.x.ai'], lacks: ['rerank', 'moderations', ...SPEECH, ...HEARING], quirks: { ...PLAIN_QUIRKS, audio: false, files: false, thoughtsBack: null, topK: false, logitBias: false } },
  {
    name: 'dashscope',
    baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com'],
    lacks: ['moderations', ...MEDIA],
    rerankPath: '/reranks',
    quirks: { ...PLAIN_QUIRKS, files: false, video: true, logitBias: false, strictTools: false, reasoningEffort: false, user: false },
  },
  { name: 'moonshot', baseUrl: 'https://api.moonshot.ai/v1', hosts: ['api.moonshot.ai', 'api.moonshot.cn'], lacks: ['embeddings', 'rerank', 'moderations', ...MEDIA], quirks: { ...PLAIN_QUIRKS, audio: false, files: false, topK: false, seed: false, logprobs: false, logitBias: false, reasoningEffort: false, user: false } },
  {
    name: 'zhipu',
    baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
    hosts: ['open.bigmodel.cn', 'api.z.ai'],
    lacks: ['moderations', 'images/edits', 'audio/translations'],
    quirks: { ...PLAIN_QUIRKS, audio: false, files: false, video: true, thinking: true, reasoningEffort: false, jsonSchema: false, strictTools: false, parallelToolCalls: false, topK: false, penalties: false, seed: false, choices: false, logprobs: false, logitBias: false, user: false },
  },
  { name: 'ollama', baseUrl: 'http://localhost:11434/v1', hosts: [], lacks: [], quirks: { ...PLAIN_QUIRKS, audio: false, files: false, thoughtsBack: null, topK: false, choices: false, logitBias: false, parallelToolCalls: false, user: false } },
  { name: 'vllm', baseUrl: 'http://localhost:8000/v1', hosts: [], lacks: [], quirks: { ...PLAIN_QUIRKS, video: true, files: false } },
];

const byHost = new Map(KNOWN_SERVERS.flatMap((server) => server.hosts.map((host) => [host, server] as const)));

const byAddress = new WeakMap<Provider, ChatQuirks>();

/** The same for a provider, looked up once for each snapshot of it. */
export function quirksOfProvider(provider: Provider): ChatQuirks {
  const known = byAddress.get(provider) ?? quirksOf(provider.baseUrl);
  byAddress.set(provider, known);
  return known;
}

/** What we know of the server at an address; of one that we do not know, what nearly all of them take. */
export function quirksOf(baseUrl: string): ChatQuirks {
  return serverAt(baseUrl)?.quirks ?? PLAIN_QUIRKS;
}

export function isOpenAi(baseUrl: string): boolean {
  return serverAt(baseUrl)?.name === 'openai';
}

/** What we know of the server at an address; undefined for one that we do not know. */
export function serverAt(baseUrl: string): KnownServer | undefined {
  return URL.canParse(baseUrl) ? byHost.get(new URL(baseUrl).hostname) : undefined;
}
