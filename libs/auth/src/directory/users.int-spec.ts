import { SYSTEM, verifyAuditChain } from '@higress/database';
import { codeOf, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';

describe('people', () => {
  const people = signedInPeople();

  it('makes the first owner once, however many start together', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, () => people.users.bootstrapOwner({ email: 'owner@localhost' })));
    const [owner] = made.filter((one) => one !== null);
    expect(made.filter((one) => one !== null)).toHaveLength(1);
    expect(owner?.generatedPassword).toMatch(/^[0-9A-Za-z]{20}$/);
    expect(await people.users.bootstrapOwner({ email: 'second@localhost', password: PASSWORD })).toBeNull();
    const pair = await people.login.login('owner@localhost', owner?.generatedPassword ?? '', visitor);
    expect(await people.tokens.verify(pair.accessToken)).toMatchObject({ roles: ['owner'] });
    expect(await people.dataSource.query(`select billing from tenants where name = 'platform'`)).toEqual([{ billing: 'internal' }]);
  });

  it('refuses a second user with the same address, and writes what it did into a whole audit chain', async () => {
    const [{ id: tenantId }] = (await people.dataSource.query('select id from tenants')) as [{ id: string }];
    const again = { tenantId, email: 'ANN@example.com', password: PASSWORD, roles: ['member' as const] };
    expect(await codeOf(people.users.create(SYSTEM, again))).toBe('CONFLICT');
    await Promise.all(Array.from({ length: 4 }, (_, n) => people.users.create(SYSTEM, { ...again, email: `user-${n}@example.com` })));
    expect(await verifyAuditChain(people.dataSource.manager, tenantId)).toBeNull();
    const text = JSON.stringify(await people.dataSource.query('select a::text from audit_entries a'));
    expect(text).toContain('user-3@example.com');
    expect(text).not.toMatch(/argon2|horse/);
  });
});
