import { randomBytes } from 'node:crypto';
import { apiKeyDigest, appendAudit, createDataSource, Sealer, SYSTEM_ACTOR, verifyAuditChain } from '@higress/database';
import { freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { GatewayFileError } from '../gateway-file/gateway-file-error';
import { readGatewayFile } from '../gateway-file/read-gateway-file';
import { openProvider } from '../probe/open-provider';
import { applyGatewayFile } from './apply-gateway-file';

const pepper = randomBytes(32);
const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const VALUE = 'acme-secret-value-of-enough-length-000';

const file = (text: string) => readGatewayFile(text, {});
const whole = (options: { price?: string; value?: string; keyName?: string } = {}) => `
providers:
  - { name: openai, dialect: openai, base_url: "https://api.openai.com/v1", credentials: [{ value: sk-one }, { value: sk-two, weight: 3 }] }
models:
  - { name: mini, deployments: [{ provider: openai, upstream_model: gpt-4o-mini, price: ${options.price ?? '{ input: "0.15", output: "0.60", cached_input: "0.075" }'} }] }
tenants:
  - { name: acme, billing: prepaid, opening_credit_usd: "25", limits: { rpm: 600 } }
keys:
  - { tenant: acme, name: ${options.keyName ?? 'ci'}, value: ${options.value ?? VALUE}, models: ["mini*"], expires_at: "2030-01-01T00:00:00+08:00", tags: { team: a } }
  - { tenant: acme, name: made }
`;

describe('applyGatewayFile', () => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  const announced: [string, object][] = [];
  const announcements = { publish: async (topic: string, payload: object) => void announced.push([topic, payload]) };
  const apply = (text: string, pool = dataSource) => applyGatewayFile(pool, file(text), { sealer, pepper, announcements });
  const rows = <T = Record<string, unknown>>(sql: string, parameters: unknown[] = []) => dataSource.query<T[]>(sql, parameters);
  const one = async <T = Record<string, unknown>>(sql: string, parameters: unknown[] = []) => (await rows<T>(sql, parameters))[0] as T;
  const version = async () => (await one<{ version: string }>('select version from catalog_version')).version;
  /** Every row that the file could touch, as text. */
  const everything = async () => {
    const tables = ['providers', 'credentials', 'models', 'deployments', 'prices', 'tenants', 'api_keys', 'api_key_secrets', 'audit_entries', 'accounts', 'ledger_entries', 'catalog_version'];
    return Promise.all(tables.map((table) => rows(`select t::text, xmin::text from ${table} t order by 1`)));
  };

  beforeEach(async () => {
    database = await freshDatabase();
    dataSource = await createDataSource({ url: database.url, name: 'spec', poolSize: 5, statementTimeoutMs: 5000 }).initialize();
    announced.length = 0;
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('makes what the file names and reports it', async () => {
    const report = await apply(whole());
    expect(report.created).toEqual(['provider openai', 'credential of openai', 'model mini', 'deployment mini on openai', 'price of mini on openai', 'tenant acme', 'credit of acme', 'key acme/ci', 'key acme/made']);
    expect(await one('select dialect, base_url, timeouts, status, managed_by from providers')).toEqual({
      dialect: 'openai',
      base_url: 'https://api.openai.com/v1',
      timeouts: {},
      status: 'active',
      managed_by: 'file',
    });
    expect(await one('select input, output, cached_input, reasoning, free from prices')).toEqual({ input: '150000000', output: '600000000', cached_input: '75000000', reasoning: null, free: false });
    const key = await one(`select k.prefix, k.models, k.expires_at, s.digest from api_keys k join api_key_secrets s on s.key_id = k.id where k.name = 'ci'`);
    expect(key).toEqual({ prefix: 'acme-sec', models: ['mini*'], expires_at: new Date('2029-12-31T16:00:00Z'), digest: apiKeyDigest(pepper, VALUE) });
    expect(announced.map(([topic]) => topic)).toEqual(expect.arrayContaining(['catalog-changed', 'key-changed']));
  });

  it('makes budgets what the file says, keeps what is spent of them, and leaves those of the API alone where it says nothing', async () => {
    const budgeted = (tenant: string, key: string) => `${whole().replace('limits: { rpm: 600 } }', `limits: { rpm: 600 }${tenant} }`).replace('name: made }', `name: made${key} }`)}`;
    const budgets = () => rows('select period, unit, cap, spent, key_id is not null as of_key, managed_by from budgets order by cap');
    const both = budgeted(', budgets: [{ period: monthly, unit: usd, limit: "25" }]', ', budgets: [{ period: daily, unit: requests, limit: 7 }]');
    expect((await apply(both)).created).toEqual(expect.arrayContaining(['tenant budgets of acme', 'key budgets of acme/made']));
    await rows('update budgets set spent = 3');
    announced.length = 0;
    const before = await budgets();
    expect((await apply(both)).updated).toEqual([]);
    expect([await budgets(), announced]).toEqual([before, []]);
    expect(before).toEqual([
      { period: 'daily', unit: 'requests', cap: '7', spent: '3', of_key: true, managed_by: 'file' },
      { period: 'monthly', unit: 'usd', cap: '25000000000', spent: '3', of_key: false, managed_by: 'file' },
    ]);
    await apply(budgeted(', budgets: [{ period: monthly, unit: usd, limit: 30 }]', ''));
    expect(await budgets()).toEqual([{ period: 'monthly', unit: 'usd', cap: '30000000000', spent: '3', of_key: false, managed_by: 'file' }]);
    expect(announced.map(([topic]) => topic)).toContain('key-changed');
    const { id } = await one<{ id: string }>('select id from tenants');
    const key = await one<{ id: string }>(`select id from api_keys where name = 'ci'`);
    await rows(`select replace_budgets($1, $2, '[["total", "tokens", 9]]')`, [id, key.id]);
    await apply(whole());
    expect(await budgets()).toEqual([{ period: 'total', unit: 'tokens', cap: '9', spent: '0', of_key: true, managed_by: 'api' }]);
    expect(await verifyAuditChain(dataSource.manager, id)).toBeNull();
  });

  it('changes no row and announces nothing when the file is the same', async () => {
    await apply(whole());
    const before = await everything();
    announced.length = 0;
    const report = await apply(whole());
    expect(report).toMatchObject({ created: [], updated: [], disabled: [], keysMade: [] });
    expect(await everything()).toEqual(before);
    expect(announced).toEqual([]);
  });

  it('applies once when several processes start together', async () => {
    const reports = await Promise.all(Array.from({ length: 5 }, () => apply(whole())));
    expect(reports.filter(({ created }) => created.length > 0)).toHaveLength(1);
    expect(reports.flatMap(({ keysMade }) => keysMade)).toHaveLength(1);
  });

  it('pays the opening credit once, whatever becomes of its amount', async () => {
    await apply(whole());
    await apply(whole().replace('"25"', '"40"'));
    expect(await rows('select amount_nano, kind, note from ledger_entries')).toEqual([{ amount_nano: '25000000000', kind: 'credit', note: 'opening credit' }]);
    expect(await one('select posted_nano, prepaid from accounts')).toEqual({ posted_nano: '25000000000', prepaid: true });
  });

  it('says why a tenant that owes cannot become prepaid', async () => {
    await apply('tenants: [{ name: acme, billing: postpaid }]');
    await rows(`update accounts set posted_nano = -5`);
    await expect(apply('tenants: [{ name: acme, billing: prepaid }]')).rejects.toThrow('a tenant that owes cannot become prepaid');
  });

  it('makes a key without a value once, and keeps only its digest', async () => {
    const [made] = (await apply(whole())).keysMade;
    expect(made).toMatchObject({ tenant: 'acme', name: 'made', value: expect.stringMatching(/^sk-[0-9A-Za-z]{43}$/) });
    expect(await rows('select 1 from api_key_secrets where digest = $1', [apiKeyDigest(pepper, made?.value ?? '')])).toHaveLength(1);
    expect(JSON.stringify(await everything())).not.toContain(made?.value.slice(8));
  });

  it('keeps no credential in the clear, not even in the audit', async () => {
    await apply(whole());
    const [row] = await rows<{ id: string; value_sealed: Buffer }>('select id, value_sealed from credentials where weight = 3');
    expect(sealer.open(row?.value_sealed ?? Buffer.alloc(0), `credentials:${row?.id}`).toString()).toBe('sk-two');
    expect(JSON.stringify(await everything())).not.toMatch(/sk-one|sk-two|acme-secret-value/);
  });

  it('adds a row for a new price and leaves the old one', async () => {
    await apply(whole());
    const report = await apply(whole({ price: 'free' }));
    expect(report).toMatchObject({ created: [], updated: ['price of mini on openai'], disabled: [] });
    expect(await rows('select free from prices order by valid_from')).toEqual([{ free: false }, { free: true }]);
  });

  it('disables what it no longer names, and brings it back', async () => {
    await apply(whole());
    const report = await apply('tenants: [{ name: other, billing: postpaid }]');
    expect(report.disabled).toEqual(expect.arrayContaining(['provider openai', 'model mini', 'tenant acme', 'key ci', 'key made']));
    expect(await rows('select status, revoked_at is not null as revoked from api_keys')).toEqual([{ status: 'revoked', revoked: true }, { status: 'revoked', revoked: true }]);
    await apply(whole());
    expect(await rows('select status, revoked_at from api_keys')).toEqual([{ status: 'active', revoked_at: null }, { status: 'active', revoked_at: null }]);
    expect(await one('select status from tenants where name = $1', ['acme'])).toEqual({ status: 'active' });
  });

  it('replaces the secret of a key whose value changed, and tells which digests moved', async () => {
    await apply(whole());
    announced.length = 0;
    await apply(whole({ value: 'acme-secret-value-of-enough-length-111' }));
    const [ci] = await rows<{ digest: Buffer }>(`select s.digest from api_keys k join api_key_secrets s on s.key_id = k.id where k.name = 'ci'`);
    expect(ci?.digest).toEqual(apiKeyDigest(pepper, 'acme-secret-value-of-enough-length-111'));
    const digests = announced.flatMap(([, payload]) => ('digest' in payload ? [payload.digest] : []));
    expect(digests).toEqual([apiKeyDigest(pepper, VALUE).toString('hex'), ci?.digest.toString('hex')]);
  });

  it('lets a key be renamed with its value', async () => {
    await apply(whole());
    const report = await apply(whole({ keyName: 'ci-2' }));
    expect(report).toMatchObject({ created: ['key acme/ci-2'], disabled: ['key ci'] });
    expect(await rows(`select 1 from api_keys k join api_key_secrets s on s.key_id = k.id where k.name = 'ci-2'`)).toHaveLength(1);
  });

  it('leaves a key revoked that a person revoked, until it has another value', async () => {
    await apply(whole());
    await rows(`update api_keys set status = 'revoked', revoked_at = now() where name = 'ci'`);
    const ci = await one<{ id: string; tenant_id: string }>(`select id, tenant_id from api_keys where name = 'ci'`);
    const audit = { tenantId: ci.tenant_id, actor: SYSTEM_ACTOR, action: 'key.revoked', subjectType: 'key', subjectId: ci.id };
    await appendAudit(dataSource.manager, audit);
    expect(await apply(whole())).toMatchObject({ created: [], updated: [], leftRevoked: ['key acme/ci'] });
    await expect(apply(whole({ keyName: 'renamed' }))).rejects.toThrow('keys[0].value: this value was revoked; give the key another one');
    expect(await one(`select status from api_keys where name = 'ci'`)).toEqual({ status: 'revoked' });
    await apply(whole({ value: 'acme-secret-value-of-enough-length-222' }));
    expect(await one(`select status from api_keys where name = 'ci'`)).toEqual({ status: 'active' });
  });

  it('leaves alone what the API made, and refuses to take its names, telling every clash at once and changing nothing', async () => {
    await rows(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'acme', 'postpaid'), (gen_random_uuid(), 'bystander', 'postpaid')`);
    await rows(`insert into providers (id, name, dialect) values (gen_random_uuid(), 'openai', 'openai')`);
    const before = await version();
    const error = await apply(`${whole()}\n  - { tenant: nobody, name: k }`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayFileError);
    expect((error as GatewayFileError).faults.map(({ path }) => path)).toEqual(['providers[0]', 'tenants[0]', 'keys[2].tenant']);
    expect(await version()).toBe(before);
    expect(await rows(`select status from tenants where name = 'bystander'`)).toEqual([{ status: 'active' }]);
    expect(await rows('select 1 from models')).toEqual([]);
  });

  it('refuses a value that is the key of somebody else', async () => {
    await apply(whole());
    await rows(`update api_keys set managed_by = 'api' where name = 'ci'`);
    await expect(apply(whole({ keyName: 'mine' }))).rejects.toThrow('keys[0].value: another key has this value');
  });

  it('may use providers and tenants that were made through the API', async () => {
    await rows(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'byapi', 'postpaid')`);
    await rows(`insert into providers (id, name, dialect) values (gen_random_uuid(), 'byapi', 'simulator')`);
    const report = await apply('models: [{ name: m, deployments: [{ provider: byapi, upstream_model: m }] }]\nkeys: [{ tenant: byapi, name: k }]');
    expect(report.keysMade).toHaveLength(1);
  });

  it('seals the headers of a provider, and writes them again only where they differ or no loaded key opens them', async () => {
    const withHeaders = (value: string) => whole().replace('credentials:', `headers: { x-key: ${value} }, credentials:`);
    const first = await apply(withHeaders('canary-one'));
    expect([first.created.includes('provider openai'), first.updated.includes('provider openai')]).toEqual([true, false]);
    const before = await everything();
    await apply(withHeaders('canary-one'));
    expect(await everything()).toEqual(before);
    expect((await apply(withHeaders('canary-two'))).updated).toEqual(['provider openai']);
    const younger = new Sealer(new Map([[2, randomBytes(32)]]));
    await applyGatewayFile(dataSource, file(withHeaders('canary-two')), { sealer: younger, pepper });
    const { id } = await one<{ id: string }>('select id from providers');
    expect((await openProvider(dataSource.manager, younger, id)).headers).toEqual({ 'x-key': 'canary-two' });
    expect(JSON.stringify(await everything())).not.toContain('canary');
    expect((await apply(whole())).updated).toContain('provider openai');
    expect(await one('select headers, header_names from providers')).toEqual({ headers: {}, header_names: [] });
  });

  it('seals a credential again when no loaded key opens it', async () => {
    await apply(whole());
    const younger = new Sealer(new Map([[2, randomBytes(32)]]));
    await applyGatewayFile(dataSource, file(whole()), { sealer: younger, pepper });
    const sealed = await rows<{ id: string; value_sealed: Buffer }>('select id, value_sealed from credentials');
    expect(sealed.every(({ id, value_sealed }) => younger.opens(value_sealed, `credentials:${id}`))).toBe(true);
  });

  it('writes each change into an audit chain that shows a change or a gap', async () => {
    await apply(whole());
    await apply(whole({ price: 'free' }));
    const { id: tenantId } = await one<{ id: string }>('select id from tenants');
    const actions = await rows<{ action: string }>('select action from audit_entries where tenant_id = $1 order by at', [tenantId]);
    expect(actions.map(({ action }) => action)).toEqual(['tenant.created', 'credit.created', 'key.created', 'key.created', 'key_secret.updated', 'key_secret.updated']);
    expect(await verifyAuditChain(dataSource.manager, null)).toBeNull();
    expect(await verifyAuditChain(dataSource.manager, tenantId)).toBeNull();
    const [second] = await rows<{ id: string }>('select id from audit_entries where tenant_id is null order by at offset 1 limit 1');
    await rows('alter table audit_entries disable trigger user');
    await rows(`update audit_entries set after = '{}' where id = $1`, [second?.id]);
    expect(await verifyAuditChain(dataSource.manager, null)).toBe(second?.id);
    await rows('delete from audit_entries where id = $1', [second?.id]);
    expect(await verifyAuditChain(dataSource.manager, null)).not.toBeNull();
  });
});
