import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@higress/kernel';
import type { DataSource, EntityManager } from 'typeorm';
import { SYSTEM_ACTOR } from '../append-audit';
import { scratchDatabase, type ScratchDatabase } from '../fixtures/scratch-database';
import { migrateUp } from '../migrate';
import { verifyAuditChain } from '../verify-audit-chain';
import { Desk } from './desk';
import { type Requester, SYSTEM } from './requester';

const UNBOUND = `
  select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
   where a.attname in ('tenant_id', 'user_id', 'key_id') and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
     and not (c.relrowsecurity and exists (select from pg_policies where tablename = c.relname and 'ai_gateway_desk' = any (roles)))`;

describe('Desk', () => {
  let scratch: ScratchDatabase;
  let dataSource: DataSource;
  let desk: Desk;
  let announced: (readonly [string, object])[];

  beforeAll(async () => {
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    dataSource = await scratch.open();
    await migrateUp(dataSource);
    desk = new Desk({ dataSource, announce: async (topic, payload) => void announced.push([topic, payload]) });
  });
  beforeEach(() => (announced = []));
  afterAll(() => scratch.close());

  const aTenant = async () => {
    const id = uuidv7();
    await dataSource.query(`insert into tenants (id, name, billing) values ($1, $2, 'prepaid')`, [id, randomUUID()]);
    return id;
  };
  const aPerson = async (tenantId: string) => {
    const id = uuidv7();
    await dataSource.query(`insert into users (id, tenant_id, email, password_hash) values ($1, $2, $3, '')`, [id, tenantId, `${id}@example.com`]);
    await dataSource.query(`insert into user_roles values ($1, 'member')`, [id]);
    await dataSource.query(`insert into sessions (id, user_id, refresh_digest, expires_at) values ($1, $1, $2, now())`, [id, Buffer.from(id)]);
    return id;
  };
  const aKey = async (tenantId: string, owner: string | null = null) => {
    const id = uuidv7();
    await dataSource.query(`insert into api_keys (id, tenant_id, name, prefix, owner_user_id) values ($1, $2, 'k', 'sk-', $3)`, [id, tenantId, owner]);
    await dataSource.query('insert into api_key_secrets (digest, key_id) values ($1, $2)', [Buffer.from(id), id]);
    await dataSource.query(
      `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
         estimated, clamped, cost_nano, charged_nano, uncollected_nano, tags, settled, recorded_at)
       values ($1, now(), 'external', $2, $1, 'm', 'openai', false, 200, 1, 0, 0, 0, 0, 0, false, false, 0, 0, 0, '{}', true, now())`,
      [id, tenantId],
    );
    return id;
  };
  const of = (tenantId: string, ownerId: string | null = null): Requester => ({ actor: SYSTEM_ACTOR, tenantId, ownerId });
  const count = (who: Requester, table: string) => desk.read(who, async (tx) => Number((await tx.query<{ n: string }[]>(`select count(*) as n from ${table}`))[0]?.n));

  it('announces what may have been committed, and nothing of work that failed', async () => {
    const lossy = {
      transaction: async (work: (tx: EntityManager) => Promise<unknown>) => {
        await dataSource.transaction(work);
        throw new Error('the answer is lost');
      },
    } as unknown as DataSource;
    const cut = new Desk({ dataSource: lossy, announce: async (topic, payload) => void announced.push([topic, payload]) });
    await expect(cut.change(SYSTEM, async () => ({ value: 1, audit: null, announce: [['key-changed', { keyId: 'k' }]] }))).rejects.toThrow('the answer is lost');
    expect(announced).toEqual([['key-changed', { keyId: 'k' }]]);
    await expect(cut.change(SYSTEM, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(announced).toHaveLength(1);
  });

  it('finds every table that tells of a tenant, a person or a key bound', async () => {
    expect(await dataSource.query(UNBOUND)).toEqual([]);
  });

  it('shows a tenant its own rows and no others, however they are asked for', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    for (const tenant of [mine, theirs]) await aKey(tenant, await aPerson(tenant));
    for (const table of ['tenants', 'users', 'user_roles', 'sessions', 'api_keys', 'api_key_secrets', 'accounts', 'usage_records']) {
      expect([table, await count(of(mine), table)]).toEqual([table, 1]);
      expect(await count(SYSTEM, table)).toBeGreaterThanOrEqual(2);
      expect([table, await count(of(uuidv7()), table)]).toEqual([table, 0]);
    }
    for (const table of ['providers', 'credentials', 'prices', 'deployments']) expect([table, await count(of(mine), table)]).toEqual([table, 0]);
  });

  it('lets a tenant change nothing of another one, nor move a row there', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const [ours, foreign] = [await aKey(mine), await aKey(theirs)];
    const change = (sql: string, values: unknown[]) => desk.change(of(mine), async (tx) => ({ value: await tx.query<[unknown[], number]>(sql, values), audit: null }));
    expect((await change(`update api_keys set name = 'x' where id = $1 returning id`, [foreign]))[1]).toBe(0);
    expect((await change('delete from api_keys where id = $1 returning id', [foreign]))[1]).toBe(0);
    await expect(change('update api_keys set tenant_id = $2 where id = $1', [ours, theirs])).rejects.toMatchObject({ code: '42501' });
    await expect(change(`insert into api_keys (id, tenant_id, name, prefix) values ($1, $2, 'k', 'sk-')`, [uuidv7(), theirs])).rejects.toMatchObject({ code: '42501' });
    await expect(change(`insert into providers (id, name, dialect) values ($1, 'p', 'openai')`, [uuidv7()])).rejects.toMatchObject({ code: '42501' });
    await expect(change('select private_sealed from signing_keys', [])).rejects.toMatchObject({ code: '42501' });
    await expect(change('update usage_records set cost_nano = 0', [])).rejects.toMatchObject({ code: '42501' });
    expect(await dataSource.query('select tenant_id, name from api_keys where id = any ($1) order by id', [[ours, foreign]])).toEqual([{ tenant_id: mine, name: 'k' }, { tenant_id: theirs, name: 'k' }]);
  });

  it('leaves a member of keys and usage what is their own', async () => {
    const tenant = await aTenant();
    const [ann, bob] = [await aPerson(tenant), await aPerson(tenant)];
    const [own] = [await aKey(tenant, ann), await aKey(tenant, bob), await aKey(tenant)];
    const keys = await desk.read(of(tenant, ann), (tx) => tx.query<{ id: string }[]>('select id from api_keys'));
    expect(keys).toEqual([{ id: own }]);
    for (const table of ['api_key_secrets', 'usage_records']) expect(await count(of(tenant, ann), table)).toBe(1);
    expect(await count(of(tenant), 'usage_records')).toBe(3);
  });

  it('shows nothing to a transaction that names no tenant', async () => {
    await aTenant();
    const seen = await dataSource.transaction(async (tx) => {
      await tx.query('set local role ai_gateway_desk');
      return tx.query<unknown[]>('select 1 from tenants');
    });
    expect(seen).toEqual([]);
  });

  it('is left behind when the transaction ends, well or badly', async () => {
    const tenant = await aTenant();
    await count(of(tenant), 'tenants');
    await expect(desk.read(of(tenant), (tx) => tx.query('select 1 / 0'))).rejects.toThrow('division by zero');
    const [state] = await dataSource.query<object[]>(`select current_user = session_user as own, coalesce(current_setting('app.tenant_id', true), '') as tenant, current_setting('transaction_read_only') as ro`);
    expect(state).toEqual({ own: true, tenant: '', ro: 'off' });
  });

  it('writes nothing while it reads', async () => {
    await expect(desk.read(SYSTEM, (tx) => tx.query(`update tenants set name = 'x'`))).rejects.toMatchObject({ code: '25006' });
  });

  const rename = (tenantId: string, name: string) => async (tx: EntityManager) => {
    await tx.query('update tenants set name = $2 where id = $1', [tenantId, name]);
    return { value: name, audit: { tenantId, action: 'tenant.changed', subjectType: 'tenant', subjectId: tenantId, after: { name, password: 'canary' } }, announce: [['key-changed', { tenantId }] as const] };
  };

  it('writes a change and its audit together, without secrets, and tells of it afterwards', async () => {
    const tenant = await aTenant();
    const who: Requester = { actor: { kind: 'user', id: uuidv7(), ip: '192.0.2.7', requestId: uuidv7() }, tenantId: tenant, ownerId: null };
    const name = randomUUID();
    expect(await desk.change(who, rename(tenant, name))).toBe(name);
    const entries = await dataSource.query<object[]>('select actor_kind, actor_id, ip, request_id, action, after from audit_entries where tenant_id = $1', [tenant]);
    expect(entries).toEqual([{ actor_kind: 'user', actor_id: who.actor.id, ip: '192.0.2.7', request_id: who.actor.requestId, action: 'tenant.changed', after: { name, password: '[hidden]' } }]);
    expect(announced).toEqual([['key-changed', { tenantId: tenant }]]);
  });

  it('changes nothing where the audit cannot be written, and tells nobody', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const before = await dataSource.query('select name from tenants where id = $1', [mine]);
    const slander = async (tx: EntityManager) => ({ ...(await rename(mine, randomUUID())(tx)), audit: { tenantId: theirs, action: 'tenant.changed', subjectType: 'tenant', subjectId: theirs } });
    await expect(desk.change(of(mine), slander)).rejects.toMatchObject({ code: '42501' });
    expect(await dataSource.query('select name from tenants where id = $1', [mine])).toEqual(before);
    expect(announced).toEqual([]);
  });

  it('keeps one whole chain per tenant, however many write at once', async () => {
    const tenants = [await aTenant(), await aTenant()];
    await Promise.all(Array.from({ length: 40 }, (_, n) => desk.change(n % 4 === 0 ? SYSTEM : of(tenants[n % 2] as string), rename(tenants[n % 2] as string, randomUUID()))));
    for (const tenant of tenants) {
      expect(await count(of(tenant), 'audit_entries')).toBe(20);
      expect(await verifyAuditChain(dataSource.manager, tenant)).toBeNull();
    }
  });
});

describe('the login of a desk', () => {
  it('need not be a superuser, and is told what it lacks', async () => {
    const [server, scratch] = [await scratchDatabase(process.env['TEST_DATABASE_URL'] as string), await scratchDatabase(process.env['TEST_DATABASE_URL'] as string)];
    const [login, password, url] = [`login_${randomUUID().replaceAll('-', '')}`, randomUUID(), new URL(scratch.url)];
    await server.admin(`create role ${login} login password '${password}'`);
    try {
      await server.admin(`alter database "${url.pathname.slice(1)}" owner to ${login}`);
      await server.admin(`grant ai_gateway_desk to ${login}`);
      [url.username, url.password] = [login, password];
      const dataSource = await scratch.open({ url: url.href });
      await migrateUp(dataSource);
      const desk = new Desk({ dataSource, announce: async () => undefined });
      await desk.check();
      expect(await desk.read(SYSTEM, (tx) => tx.query('select current_user as name'))).toEqual([{ name: 'ai_gateway_desk' }]);
      await server.admin(`revoke ai_gateway_desk from ${login}`);
      await expect(desk.check()).rejects.toThrow(`as a superuser, run: grant ai_gateway_desk to "${login}"`);
    } finally {
      await scratch.close();
      await server.admin(`drop role ${login}`);
      await server.close();
    }
  });
});
