import { randomBytes } from 'node:crypto';
import { createDataSource, Sealer } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { eventually, faultProxy, freshDatabase, type FaultProxy, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { applyGatewayFile } from './apply/apply-gateway-file';
import { Catalog } from './catalog';
import { readGatewayFile } from './gateway-file/read-gateway-file';

const pepper = randomBytes(32);
const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const FILE = `
providers:
  - { name: up, dialect: openai, base_url: "https://up.example/v1", headers: { x-org: a }, credentials: [{ value: sk-upstream, weight: 2 }], timeouts: { idle_ms: 7 } }
  - { name: sim, dialect: simulator }
models:
  - name: mini
    deployments:
      - { provider: sim, upstream_model: b, priority: 2, max_output_tokens: 100 }
      - { provider: up, upstream_model: a, priority: 1, price: { input: "0.15", output: "0.60" } }
  - { name: free, deployments: [{ provider: sim, upstream_model: free, price: free }] }
  - { name: off, status: disabled, deployments: [{ provider: sim, upstream_model: off }] }
`;

describe('Catalog', () => {
  let database: FreshDatabase;
  let proxy: FaultProxy;
  let dataSource: DataSource;
  let behindProxy: DataSource;
  let catalog: Catalog;
  const faults: string[] = [];
  const apply = (text: string) => applyGatewayFile(dataSource, readGatewayFile(text, {}), { sealer, pepper });
  const open = (url: string) => createDataSource({ url, name: 'spec', poolSize: 3, statementTimeoutMs: 2000, connectTimeoutMs: 10_000 }).initialize();

  beforeEach(async () => {
    database = await freshDatabase();
    proxy = await faultProxy({ target: database.url });
    [dataSource, behindProxy] = await Promise.all([open(database.url), open(proxy.url)]);
    faults.length = 0;
    catalog = new Catalog({ dataSource: behindProxy, sealer, pollMs: 20, onFault: (message) => faults.push(message) });
  });
  afterEach(async () => {
    catalog.stop();
    await proxy.open().catch(() => undefined);
    await Promise.all([dataSource.destroy(), behindProxy.destroy()]);
    await proxy.close();
    await database.drop();
  });

  it('is not ready before it was loaded', () => {
    expect(() => catalog.snapshot).toThrow(DomainError);
    expect(catalog.isLoaded).toBe(false);
  });

  it('holds models with their deployments in order, opened credentials and prices', async () => {
    await apply(FILE);
    await catalog.start();
    const { models } = catalog.snapshot;
    expect([...models.keys()]).toEqual(['free', 'mini']);
    const [first, second] = models.get('mini')?.deployments ?? [];
    expect(first).toMatchObject({
      upstreamModel: 'a',
      provider: { name: 'up', dialect: 'openai', baseUrl: 'https://up.example/v1', headers: { 'x-org': 'a' }, timeouts: { connectMs: 5000, firstTokenMs: 30_000, wholeAnswerMs: 600_000, idleMs: 7, totalMs: 600_000 } },
      price: { input: 150_000_000n, output: 600_000_000n, cachedInput: 150_000_000n, cacheWrite: 150_000_000n, reasoning: 600_000_000n, perRequest: 0n },
    });
    expect(first?.provider.credentials.map(({ value, weight }) => [value.reveal(), weight])).toEqual([['sk-upstream', 2]]);
    expect(second).toMatchObject({ upstreamModel: 'b', price: null, maxOutputTokens: 100, provider: { credentials: [] } });
    expect(models.get('free')?.deployments[0]?.price).toMatchObject({ input: 0n, output: 0n });
    expect(JSON.stringify([...models], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('sk-upstream');
  });

  it('sees a change by itself', async () => {
    await apply(FILE);
    await catalog.start();
    const before = catalog.snapshot;
    await apply(FILE.replace('name: free', 'name: gratis'));
    await eventually('the new model', () => catalog.snapshot.models.has('gratis'));
    expect(catalog.snapshot.models.has('free')).toBe(false);
    expect(before.models.has('free')).toBe(true);
    expect(catalog.snapshot.version > before.version).toBe(true);
  });

  it('shows what was committed before a reload, however many ask at the same time', async () => {
    await apply(FILE);
    const first = catalog.reload();
    await apply(FILE.replace('name: free', 'name: gratis'));
    await Promise.all([first, catalog.reload(), catalog.reload()]);
    expect(catalog.snapshot.models.has('gratis')).toBe(true);
  });

  it('takes up a price when its time comes', async () => {
    await apply(FILE);
    await catalog.start();
    await dataSource.query(
      `insert into prices (id, deployment_id, valid_from, input, output) select gen_random_uuid(), id, now() + interval '300 ms', 7, 8 from deployments where upstream_model = 'a'`,
    );
    await eventually('the announced price', () => catalog.snapshot.nextPriceAt);
    expect(catalog.snapshot.models.get('mini')?.deployments[0]?.price?.input).toBe(150_000_000n);
    await eventually('the new price', () => catalog.snapshot.models.get('mini')?.deployments[0]?.price?.input === 7n);
  });

  it('keeps serving while Postgres is away, complains once, and catches up', async () => {
    await apply(FILE);
    await catalog.start();
    await proxy.shut();
    await eventually('the complaint', () => faults.length > 0);
    expect(catalog.snapshot.models.has('mini')).toBe(true);
    await apply(FILE.replace('name: free', 'name: gratis'));
    await proxy.open();
    await eventually('the new model', () => catalog.snapshot.models.has('gratis'));
    expect(faults).toHaveLength(1);
  });

  it('starts without Postgres and loads when it comes', async () => {
    await apply(FILE);
    await proxy.shut();
    await catalog.start();
    expect(catalog.isLoaded).toBe(false);
    await proxy.open();
    await eventually('the first load', () => catalog.isLoaded);
  });

  it('leaves out a provider whose credential does not open, and nothing else', async () => {
    await apply(FILE);
    await dataSource.query('update credentials set value_sealed = $1', [Buffer.alloc(40)]);
    await catalog.start();
    expect(catalog.snapshot.models.get('mini')?.deployments.map(({ upstreamModel }) => upstreamModel)).toEqual(['b']);
    expect(faults).toEqual([expect.stringContaining('has no key 0'), 'provider up has no credential that can be used']);
  });
});
