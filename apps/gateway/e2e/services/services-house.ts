import { randomUUID } from 'node:crypto';
import type { FakeProvider } from '@higress/testing';
import OpenAI from 'openai';
import { type House, openHouse, PRICE } from '../open-house';

export const VECTORS = [[0.5, -0.25, 0.125], [0.25, 0.5, -0.5]];
const UNLIMITED = { limits: { unlimited: true } };

interface UsageRow {
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly dialect: string;
  readonly provider: string;
  readonly estimated: boolean;
  readonly cost_nano: string;
  readonly charged_nano: string;
  readonly status: number;
}

/** Each dialect of provider with an embeddings model, how it answers two texts, and how many tokens that tells. */
export const EMBEDDERS = {
  openai: { model: 'text-embedding-3-small', path: '/v1/embeddings', tokens: 5, answer: { object: 'list', data: VECTORS.map((embedding, index) => ({ object: 'embedding', index, embedding })), model: 'text-embedding-3-small', usage: { prompt_tokens: 5, total_tokens: 5 } } },
  'azure-openai': { model: 'my-deployment', path: '/v1/openai/deployments/my-deployment/embeddings?api-version=2024-10-21', tokens: 5, answer: { object: 'list', data: VECTORS.map((embedding, index) => ({ object: 'embedding', index, embedding })), model: 'x', usage: { prompt_tokens: 5, total_tokens: 5 } } },
  gemini: { model: 'gemini-embedding-001', path: '/v1/models/gemini-embedding-001:batchEmbedContents', tokens: null, answer: { embeddings: VECTORS.map((values) => ({ values })) } },
  vertex: { model: 'text-embedding-005', path: '/v1/publishers/google/models/text-embedding-005:predict', tokens: 5, answer: { predictions: VECTORS.map((values, i) => ({ embeddings: { values, statistics: { token_count: i + 2 } } })) } },
  bedrock: { model: 'cohere.embed-v4:0', path: '/v1/model/cohere.embed-v4%3A0/invoke', tokens: null, answer: { id: 'e', response_type: 'embeddings_by_type', embeddings: { float: VECTORS } } },
  cohere: { model: 'embed-v4.0', path: '/v1/v2/embed', tokens: 5, answer: { id: 'e', embeddings: { float: VECTORS }, meta: { billed_units: { input_tokens: 5 } } } },
} as const;
export type Embedder = keyof typeof EMBEDDERS;

const other = `sk-other-${randomUUID()}`;
const narrow = `sk-narrow-${randomUUID()}`;
const poor = `sk-poor-${randomUUID()}`;

/** A gateway with models for everything that is no conversation, for the tests of a file. */
export function servicesHouse() {
  let house: House;
  let internal: OpenAI;

  beforeAll(async () => {
    house = await openHouse({ file: landscape });
    const { env, url } = house.gateway;
    const login = await fetch(`${url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: env['BOOTSTRAP_ADMIN_EMAIL'], password: env['BOOTSTRAP_ADMIN_PASSWORD'] }) });
    const { access_token: token } = (await login.json()) as { access_token: string };
    internal = new OpenAI({ apiKey: token, baseURL: `${url}/internal/v1`, maxRetries: 0 });
  });
  afterAll(() => house.close());
  beforeEach(() => {
    house.upstream.reset();
    house.spare.reset();
  });

  return {
    get house() {
      return house;
    },
    /** The official SDK on the internal channel. */
    get internal() {
      return internal;
    },
    /** A key of another tenant; one that is for conversations and embeddings alone; one of a tenant with next to no credit. */
    keys: { other, narrow, poor },
    /** What the provider was asked, the last time unless told. */
    sent: (at = -1) => house.upstream.calls.at(at) as { path: string; body: Record<string, unknown> },
    async rowOf(answer: { headers: Headers }): Promise<UsageRow> {
      const id = answer.headers.get('x-request-id') as string;
      const [row] = await house.eventually<UsageRow>(`select input_tokens, output_tokens, dialect, provider, estimated, cost_nano, charged_nano, status from usage_records where id = '${id}'`, (rows) => rows.length === 1);
      return row as UsageRow;
    },
  };
}

/** A provider's answer. */
export const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) });

function landscape({ upstream, spare, key }: { upstream: FakeProvider; spare: FakeProvider; key: string }): Record<string, unknown> {
  return {
    providers: [
      ...Object.keys(EMBEDDERS).map((dialect) => ({ name: dialect, dialect, base_url: upstream.url, credentials: [{ value: 'credential' }] })),
      { name: 'spare', dialect: 'openai', base_url: spare.url },
      { name: 'sim', dialect: 'simulator' },
    ],
    models: [
      ...Object.entries(EMBEDDERS).map(([provider, { model }]) => ({ name: provider, deployments: [{ provider, upstream_model: model, price: PRICE }] })),
      { name: 'titan', deployments: [{ provider: 'bedrock', upstream_model: 'amazon.titan-embed-text-v2:0', price: PRICE }] },
      { name: 'reranker', deployments: [{ provider: 'openai', upstream_model: 'bge', price: PRICE }] },
      { name: 'rerank-v3.5', deployments: [{ provider: 'cohere', upstream_model: 'rerank-v3.5', price: PRICE }] },
      { name: 'searcher', deployments: [{ provider: 'cohere', upstream_model: 'rerank-v3.5', price: { per_search: '0.002' } }] },
      { name: 'moderator', deployments: [{ provider: 'openai', upstream_model: 'omni-moderation-latest', price: 'free' }] },
      { name: 'unpriced', deployments: [{ provider: 'openai', upstream_model: 'omni-moderation-latest' }] },
      { name: 'sim', deployments: [{ provider: 'sim', upstream_model: 'sim-fast', price: PRICE }] },
      { name: 'either', deployments: [{ provider: 'gemini', upstream_model: 'gemini-embedding-001', priority: 1, price: PRICE }, { provider: 'spare', upstream_model: 'e', priority: 2, price: PRICE }] },
    ],
    tenants: [{ name: 'acme', billing: 'postpaid', ...UNLIMITED }, { name: 'globex', billing: 'postpaid', ...UNLIMITED }, { name: 'poor', billing: 'prepaid', opening_credit_usd: '0.00001', ...UNLIMITED }],
    keys: [
      { tenant: 'acme', name: 'test', value: key, ...UNLIMITED },
      { tenant: 'globex', name: 'other', value: other, ...UNLIMITED },
      { tenant: 'acme', name: 'narrow', value: narrow, endpoints: ['chat/completions', 'embeddings'], ...UNLIMITED },
      { tenant: 'poor', name: 'poor', value: poor, ...UNLIMITED },
    ],
  };
}
