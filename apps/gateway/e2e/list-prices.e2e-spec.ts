import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freshDir } from '@higress/testing';
import { type House, openHouse } from './open-house';

/** One line of configuration routes every model that a provider has; what it costs is in an imported list. */
describe('a wildcard model and a list of prices', () => {
  let house: House;
  let token: string;
  beforeAll(async () => {
    house = await openHouse({
      gateways: 2,
      tenant: { billing: 'prepaid', opening_credit_usd: '1' },
      file: ({ upstream, key }) => ({
        providers: [{ name: 'openai', dialect: 'openai', base_url: upstream.url }],
        models: [{ name: 'openai/*', deployments: [{ provider: 'openai', upstream_model: '*' }] }],
        keys: [
          { tenant: 'acme', name: 'all', value: key, limits: { unlimited: true } },
          { tenant: 'acme', name: 'mini', value: `${key}-mini`, models: ['openai/*-mini'], limits: { unlimited: true } },
        ],
      }),
    });
    const login = await house.post('/api/v1/auth/login', { email: 'owner@example.test', password: 'owner-password-for-tests' });
    token = ((await login.json()) as { access_token: string }).access_token;
  });
  afterAll(() => house.close());

  const ask = (model: string, gateway = house.gateway, suffix = '') =>
    house.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 9 }, { authorization: `Bearer ${house.key}${suffix}` }, gateway);
  const codeOf = async (answer: Response) => ((await answer.json()) as { error: { gateway_code?: string; code: string } }).error;
  const load = (body: string, query = '') => house.post(`/api/v1/prices/import${query}`, body, { authorization: `Bearer ${token}` });

  it('is refused until the model has a price, and never asks the provider', async () => {
    const refused = await ask('openai/gpt-4o-mini');
    expect([refused.status, (await codeOf(refused)).code]).toEqual([503, 'MODEL_NOT_PRICED']);
    expect(house.upstream.calls).toHaveLength(0);
  });

  it('is routed under its own name and charged by the list, on every gateway within a second', async () => {
    // Of the size of the real one, with numbers as they are written there.
    const filler = Object.fromEntries(Array.from({ length: 4_000 }, (_, i) => [`provider-${i % 50}/model-${i}`, { litellm_provider: `provider-${i % 50}`, input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, note: 'x'.repeat(160) }]));
    const file = `${JSON.stringify(filler).slice(0, -1)}, "gpt-4o-mini": {"litellm_provider": "openai", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08}, "odd": 5}`;
    expect(file.length).toBeGreaterThan(1_000_000);
    const imported = await load(file);
    expect([imported.status, await imported.json()]).toEqual([200, { added: 4_001, unchanged: 0, skipped: [{ name: 'odd', reason: 'it is no object' }] }]);
    await eventually('the price on another gateway', async () => (await ask('openai/gpt-4o-mini', house.gateways[1])).status === 200, 2_000);
    const [usage] = await house.eventually<{ model: string; upstream_model: string; input: string; output: string; cost: string }>(
      "select model, upstream_model, input_tokens::text as input, output_tokens::text as output, cost_nano::text as cost from usage_records where status = 200", (rows) => rows.length === 1,
    );
    expect(usage).toMatchObject({ model: 'openai/gpt-4o-mini', upstream_model: 'gpt-4o-mini' });
    expect(BigInt(usage?.cost ?? 0)).toBe((BigInt(usage?.input ?? 0) * 150_000_000n + BigInt(usage?.output ?? 0) * 600_000_000n + 999_999n) / 1_000_000n);
    expect((await house.upstream.call(0)).body).toMatchObject({ model: 'gpt-4o-mini' });
    expect((await (await load(file)).json()) as object).toMatchObject({ added: 0, unchanged: 4_001 });
  });

  it('keeps to the scope of a key, and lets no name lead astray', async () => {
    expect((await ask('openai/gpt-4o-mini', house.gateway, '-mini')).status).toBe(200);
    expect((await ask('openai/gpt-4o', house.gateway, '-mini')).status).toBe(403);
    for (const name of ['openai/*', 'openai/', 'openai/../../x', 'openai/a b', 'gpt-4o-mini']) expect([name, (await ask(name)).status]).toEqual([name, 404]);
  });

  it('never makes a label of what somebody asked for', async () => {
    for (let i = 0; i < 5; i++) expect((await ask(`openai/made-up-${i}`)).status).toBe(503);
    const metrics = await (await fetch(`${house.gateway.url}/metrics`)).text();
    expect(metrics).toContain('model="openai/*"');
    expect(metrics).not.toContain('made-up');
    expect(metrics).not.toContain('gpt-4o-mini');
  });

  it('takes no list that is none, nor from anybody else', async () => {
    expect((await load('[]')).status).toBe(422);
    expect((await load('{"a": ')).status).toBe(400);
    const priced = '{"litellm_provider": "openai", "input_cost_per_token": 1e-7, "output_cost_per_token": 1e-7}';
    for (const name of ['a\\u0000b', 'a\\ud800b']) expect((await load(`{"${name}": ${priced}}`)).status).toBe(422);
    expect((await load(`{"a": ${priced.replace('openai', 'open\\u0000ai')}}`)).status).toBe(422);
    const once = (body: string) => house.post('/api/v1/prices/import', body, { authorization: `Bearer ${token}`, 'idempotency-key': 'list' });
    expect([(await once('{}')).status, (await once('{"odd": 5}')).status]).toEqual([200, 409]);
    expect((await house.post('/api/v1/prices/import', '{}', { authorization: '' })).status).toBe(401);
    // Not even read before it is known who sends it.
    expect((await house.post('/api/v1/prices/import', '{"a": ', { authorization: '' })).status).toBe(401);
    expect((await load('{}', '?colour=red')).status).toBe(422);
    expect((await load(`{"a": "${'x'.repeat(4_200_000)}"}`)).status).toBe(413);
  });

  it('can be imported by an operator at the machine, from a file or from what comes with the gateway', async () => {
    const file = join(freshDir('prices'), 'prices.json');
    writeFileSync(file, '{"gpt-4o-mini": {"litellm_provider": "openai", "input_cost_per_token": 2e-07, "output_cost_per_token": 6e-07}, "free": {"litellm_provider": "x", "input_cost_per_token": 0.0, "output_cost_per_token": 0}}');
    const ctl = async (...args: string[]) => (await promisify(execFile)(process.execPath, ['dist/apps/ctl/main.js', 'prices', 'import', ...args], { env: { ...process.env, ...house.env, JWT_SECRET_KEY: 's'.repeat(40) } })).stdout;
    expect(await ctl(file)).toBe('left out  free: it costs nothing: declare it free where that is meant\nadded     1\nunchanged 0\n');
    expect(await ctl('--start-set')).toMatch(/^added {5}\d+\nunchanged \d+\n$/);
    expect(await house.sql("select input::text from list_prices where model = 'gpt-4o-mini' order by created_at")).toEqual([{ input: '150000000' }, { input: '200000000' }, { input: '150000000' }]);
  });
});
