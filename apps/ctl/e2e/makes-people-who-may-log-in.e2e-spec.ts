import { Passwords } from '@higress/auth';
import { createDataSource, verifyAuditChain } from '@higress/database';
import { freshDatabase, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

interface Person {
  readonly tenant: string;
  readonly role: string;
  readonly password_hash: string;
}

describe('ctl admin', () => {
  let fresh: FreshDatabase;
  let database: DataSource;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5_000 }).initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  const create = (...args: string[]) => runCtl(['admin', 'create', ...args], { DATABASE_URL: fresh.url });
  const person = async (email: string) =>
    (await database.query<Person[]>('select t.name as tenant, r.role, u.password_hash from users u join tenants t on t.id = u.tenant_id join user_roles r on r.user_id = u.id where u.email = $1', [email]))[0];
  const mayLogIn = async (email: string, password: string) => new Passwords().verify((await person(email))?.password_hash ?? null, password);

  it('makes the first owner, and another one beside it', async () => {
    expect(await create('--email', 'ada@example.test', '--password', 'a very long password')).toMatchObject({ code: 0, output: 'made owner ada@example.test\n' });
    expect(await create('--email', 'bob@example.test', '--password', 'another long password')).toMatchObject({ code: 0 });
    expect(await person('ada@example.test')).toMatchObject({ tenant: 'platform', role: 'owner', password_hash: expect.stringMatching(/^\$argon2id\$/) });
    expect(await person('bob@example.test')).toMatchObject({ tenant: 'platform', role: 'owner' });
    expect(await mayLogIn('ada@example.test', 'a very long password')).toBe(true);
    expect(await mayLogIn('ada@example.test', 'another long password')).toBe(false);
  });

  it('makes a password and prints it once when none is given', async () => {
    const { code, output } = await create('--email', 'eve@example.test');
    expect(code).toBe(0);
    const [, password = ''] = /^password {2}(\w{20})$/m.exec(output) ?? [];
    expect(await mayLogIn('eve@example.test', password)).toBe(true);
  });

  it('makes the admin of one tenant', async () => {
    await database.query(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'acme', 'prepaid')`);
    expect(await create('--email', 'joe@acme.test', '--password', 'a very long password', '--tenant', 'acme')).toMatchObject({ code: 0, output: 'made admin joe@acme.test\n' });
    expect(await person('joe@acme.test')).toMatchObject({ tenant: 'acme', role: 'admin' });
  });

  it('refuses what does not fit, and repeats no password', async () => {
    expect(await create('--email', 'ADA@example.test', '--password', 'a very long password')).toMatchObject({ code: 1, output: 'A user with this e-mail address is there already. (CONFLICT)\n' });
    expect(await create('--email', 'x@example.test', '--password', 'hunter2')).toMatchObject({ code: 2, output: expect.stringMatching(/^--password must have at least 12 characters(?!.*hunter2)/) });
    expect(await create('--email', 'nobody', '--password', 'a very long password')).toMatchObject({ code: 2 });
    expect(await create('--email', 'x@example.test', '--tenant', 'nope')).toMatchObject({ code: 1, output: expect.stringMatching(/^There is no tenant “nope” \(known: acme, platform\)\.\n$/) });
    expect(await create('--password', 'a very long password')).toMatchObject({ code: 2, output: expect.stringContaining('--email is missing') });
  });

  it('helps whoever has forgotten their password, once', async () => {
    const reset = (...args: string[]) => runCtl(['admin', 'reset-password', ...args], { DATABASE_URL: fresh.url });
    const [first, second] = [await reset('--email', 'ADA@example.test'), await reset('--email', 'ada@example.test')];
    const tokens = [first, second].map(({ output }) => /^reset token {2}(pr_\w{43})$/m.exec(output)?.[1]);
    expect(new Set(tokens).size).toBe(2);
    expect(await database.query('select count(*)::int as usable from password_resets where used_at is null and expires_at > now()')).toEqual([{ usable: 1 }]);
    expect(JSON.stringify(await database.query('select a::text from audit_entries a'))).not.toContain(tokens[1]);
    expect(await reset('--email', 'nobody@example.test')).toMatchObject({ code: 1, output: 'Nobody logs in with nobody@example.test.\n' });
  });

  it('leaves an unbroken audit', async () => {
    expect(await database.query(`select action from audit_entries where action = 'user.created'`)).toHaveLength(4);
    const chains = await database.query<{ tenant_id: string }[]>('select distinct tenant_id from audit_entries');
    for (const { tenant_id: tenantId } of chains) expect(await verifyAuditChain(database.manager, tenantId)).toBeNull();
  });
});
