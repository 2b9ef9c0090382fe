import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeProvider, type FakeProvider, freshDatabase, freshDir, redisUrl, type Service, startGateway } from '@higress/testing';
import OpenAI from 'openai';
import { Client } from 'pg';
import { stringify } from 'yaml';

export interface HousePlan {
  /** Over `{ billing: 'postpaid' }` with limits out of the way. */
  readonly tenant?: Record<string, unknown>;
  /** Over a key that may do everything. */
  readonly key?: Record<string, unknown>;
  /** Over `{ providers, models }` made for one fake provider and the model `fake`. */
  readonly file?: (house: { upstream: FakeProvider; spare: FakeProvider; key: string }) => Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** Gateways on the same stores; 1 unless told. */
  readonly gateways?: number;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** A built gateway (or several) on stores of its own, with fake providers behind it and the official SDK in front. */
export interface House {
  readonly gateway: Service;
  readonly gateways: readonly Service[];
  readonly upstream: FakeProvider;
  readonly spare: FakeProvider;
  readonly key: string;
  /** The official SDK, without its own retries. */
  readonly openai: OpenAI;
  readonly env: Record<string, string>;
  post(path: string, body: unknown, headers?: Record<string, string>, gateway?: Service): Promise<Response>;
  chat(content: string, more?: Record<string, unknown>): Promise<Response>;
  sql<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  /** Waits until a query gives what `until` wants; at most 10 s. */
  eventually<T = Record<string, unknown>>(text: string, until: (rows: T[]) => boolean): Promise<T[]>;
  close(): Promise<void>;
}

const NO_LIMITS = { unlimited: true };
export const PRICE = { input: '1', output: '2', cached_input: '0.5' };

export async function openHouse(plan: HousePlan = {}): Promise<House> {
  const [database, upstream, spare] = await Promise.all([plan.databaseUrl ? null : freshDatabase(), fakeProvider(), fakeProvider()]);
  const databaseUrl = plan.databaseUrl ?? (database?.url as string);
  const key = `sk-test-${randomBytes(24).toString('hex')}`;
  const dir = freshDir('house');
  const provider = (name: string, { url }: FakeProvider) => ({ name, dialect: 'openai', base_url: url, credentials: [{ value: `credential-of-${name}` }], timeouts: { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 } });
  const file = {
    providers: [provider('first', upstream), provider('second', spare)],
    models: [{ name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', priority: 1, price: PRICE }] }],
    tenants: [{ name: 'acme', billing: 'postpaid', limits: NO_LIMITS, ...plan.tenant }],
    keys: [{ tenant: 'acme', name: 'test', value: key, limits: NO_LIMITS, ...plan.key }],
    ...plan.file?.({ upstream, spare, key }),
  };
  const config = join(dir, 'gateway.yaml');
  writeFileSync(config, stringify(file));
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: plan.redisUrl ?? redisUrl(), CACHE_PREFIX: `house-${randomBytes(6).toString('hex')}:`, GATEWAY_CONFIG: config, ...plan.env };
  const first = await startGateway(env);
  const gateways = [first, ...(await Promise.all(Array.from({ length: (plan.gateways ?? 1) - 1 }, () => startGateway(env))))];
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();

  const post = (path: string, body: unknown, headers: Record<string, string> = {}, gateway: Service = first) =>
    fetch(gateway.url + path, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const sql = async <T>(text: string, values: unknown[] = []) => (await client.query(text, values)).rows as T[];

  return {
    gateway: first,
    gateways,
    upstream,
    spare,
    key,
    env,
    openai: new OpenAI({ apiKey: key, baseURL: `${first.url}/v1`, maxRetries: 0 }),
    post,
    chat: (content, more = {}) => post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content }], ...more }),
    sql,
    async eventually<T>(text: string, until: (rows: T[]) => boolean) {
      const end = Date.now() + 10_000;
      for (;;) {
        const rows = await sql<T>(text);
        if (until(rows)) return rows;
        if (Date.now() > end) throw new Error(`never came: ${text}\nlast: ${JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async close() {
      await client.end().catch(() => undefined);
      await Promise.all(gateways.map((gateway) => gateway.kill().catch(() => undefined)));
      await Promise.all([upstream.close(), spare.close()]);
      await database?.drop();
    },
  };
}
