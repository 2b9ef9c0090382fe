import { randomBytes } from 'node:crypto';
import { createDataSource, Desk, Sealer, SYSTEM } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import { type ListPrice, START_SET } from '@higress/pricing';
import { freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { Prices } from '../directory/prices';
import { loadSnapshot } from '../load-snapshot';
import { PriceImports } from './price-imports';

const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const none = { cachedInput: null, cacheWrite: null, reasoning: null, perRequest: null, perImage: null, perSecond: null, perCharacter: null, perSearch: null, longCacheWrite: null, audioInput: null, audioOutput: null, imageInput: null, imageOutput: null };
const aPrice = (model: string, input: bigint, more: Partial<ListPrice> = {}): ListPrice => ({ ...none, provider: 'openai', model, input, output: input * 2n, ...more });

describe('list prices', () => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  let announced: string[];
  let imports: PriceImports;
  const snapshot = () => loadSnapshot(dataSource, sealer, () => undefined);
  const run = (prices: readonly ListPrice[], validFrom: Date | null = null) => imports.run(SYSTEM, { prices, source: 'spec', validFrom });

  beforeEach(async () => {
    database = await freshDatabase();
    dataSource = await createDataSource({ url: database.url, name: 'spec', poolSize: 4, statementTimeoutMs: 5000 }).initialize();
    announced = [];
    imports = new PriceImports(new Desk({ dataSource, announce: async (topic) => void announced.push(topic) }));
    const [provider, model, wildcard] = [uuidv7(), uuidv7(), uuidv7()];
    await dataSource.query(`insert into providers (id, name, dialect, base_url) values ($1, 'openai', 'openai', 'https://example.com')`, [provider]);
    await dataSource.query(`insert into models (id, name) values ($1, 'own'), ($2, 'openai/*')`, [model, wildcard]);
    await dataSource.query(`insert into deployments (id, model_id, provider_id, upstream_model) values ($1, $3, $5, 'gpt-own'), ($2, $4, $5, '*')`, [uuidv7(), uuidv7(), model, wildcard, provider]);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('price what has no price of its own, wildcards too, and never what is not in them', async () => {
    expect(await run([aPrice('gpt-own', 5n), aPrice('gpt-4o', 7n, { cachedInput: 3n }), aPrice('dall-e', 0n, { input: null, output: null, perImage: 9n })])).toEqual({ added: 3, unchanged: 0 });
    const { models, wildcards } = await snapshot();
    expect(models.get('own')?.deployments[0]?.price).toEqual({ input: 5n, output: 10n, cachedInput: 5n, cacheWrite: 5n, reasoning: 10n, perRequest: 0n });
    expect(wildcards.find('openai/gpt-4o')?.deployments[0]).toMatchObject({ upstreamModel: 'gpt-4o', price: { input: 7n, cachedInput: 3n } });
    expect(wildcards.find('openai/dall-e')?.deployments[0]?.price).toMatchObject({ input: 0n, output: 0n, media: { perImage: 9n } });
    expect(wildcards.find('openai/gpt-99')?.deployments[0]?.price).toBeNull();
    await dataSource.query(`insert into prices (id, deployment_id, input, output) select $1, id, 100, 200 from deployments where upstream_model = 'gpt-own'`, [uuidv7()]);
    expect((await snapshot()).models.get('own')?.deployments[0]?.price?.input).toBe(100n);
  });

  it('give way to a price of one’s own, whose change holds at once though it names the moment it had', async () => {
    const prices = new Prices();
    const { manager } = dataSource;
    const [deployment] = await dataSource.query<{ id: string }[]>("select id from deployments where upstream_model = 'gpt-own'");
    const { id } = await prices.create(manager, { deploymentId: deployment?.id as string, price: { input: '1', output: '2' }, validFrom: null });
    const row = await prices.get(manager, id);
    await prices.change(manager, row, { price: { input: '3', output: '4' }, validFrom: row.validFrom });
    expect((await snapshot()).models.get('own')?.deployments[0]?.price?.input).toBe(3_000_000_000n);
    expect(await dataSource.query('select input from prices order by valid_from')).toEqual([{ input: '1000000000' }, { input: '3000000000' }]);
  });

  it('keep every version, add only what differs, and hold from their time on', async () => {
    await run([aPrice('gpt-own', 5n), aPrice('other', 1n)]);
    expect(await run([aPrice('gpt-own', 5n), aPrice('other', 2n)])).toEqual({ added: 1, unchanged: 1 });
    const later = new Date(Date.now() + 3_600_000);
    expect(await run([aPrice('gpt-own', 9n)], later)).toEqual({ added: 1, unchanged: 0 });
    const { models, nextPriceAt } = await snapshot();
    expect([models.get('own')?.deployments[0]?.price?.input, nextPriceAt]).toEqual([5n, later]);
    await dataSource.query("update list_prices set valid_from = now() - interval '1 minute' where input = 9");
    await dataSource.query("update list_prices set valid_from = now() - interval '1 hour' where input = 5");
    expect((await snapshot()).models.get('own')?.deployments[0]?.price?.input).toBe(9n);
    expect(await dataSource.query('select input from list_prices order by input')).toEqual([{ input: '1' }, { input: '2' }, { input: '5' }, { input: '9' }]);
  });

  it('are in the audit and announced when they change anything, and imported by two at once only once', async () => {
    const results = await Promise.all([run(START_SET), run(START_SET), run(START_SET)]);
    expect(results.map(({ added }) => added).sort((a, b) => a - b)).toEqual([0, 0, START_SET.length]);
    expect(announced).toEqual(['catalog-changed']);
    expect(await dataSource.query("select after ->> 'added' as added from audit_entries where action = 'list_prices.imported'")).toEqual([{ added: String(START_SET.length) }]);
  });

  it('are nobody’s to import but the owners’', async () => {
    const tenantId = uuidv7();
    await dataSource.query("insert into tenants (id, name, billing) values ($1, 'a', 'prepaid')", [tenantId]);
    await expect(imports.run({ ...SYSTEM, tenantId }, { prices: [aPrice('x', 1n)], source: 'spec', validFrom: null })).rejects.toMatchObject({ code: '42501' });
  });
});
