import { SYSTEM } from '@higress/database';
import { NO_LIMITS } from '@higress/kernel';
import { eventually } from '@higress/testing';
import { codeOf, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';
import { TenantEditor } from './tenant-editor';
import { Tenants } from './tenants';

describe('bans and roles', () => {
  const people = signedInPeople();

  it('signs a banned person out within a second, and lets them in again when the ban ends', async () => {
    const pair = await people.login.login('ann@example.com', PASSWORD, visitor);
    await people.tokens.verify(pair.accessToken);
    await people.standing.ban(SYSTEM, people.annId, 'left');
    await eventually('the end of the session', async () => (await codeOf(people.tokens.verify(pair.accessToken))) === 'INVALID_TOKEN', 1000);
    expect(await codeOf(people.login.refresh(pair.refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('FORBIDDEN');
    await people.standing.unban(SYSTEM, people.annId);
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    expect(await codeOf(people.tokens.verify(pair.accessToken))).toBe('INVALID_TOKEN');
  });

  it('feels new roles within a second', async () => {
    const { accessToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    expect((await people.tokens.verify(accessToken)).may('keys:write')).toBe(true);
    await people.standing.setRoles(SYSTEM, people.annId, ['auditor']);
    await eventually('the new role', async () => !(await people.tokens.verify(accessToken)).may('keys:write'), 1000);
  });

  it('keeps the last owner, however many are ended at once', async () => {
    const [{ id: tenantId }] = (await people.dataSource.query('select id from tenants')) as [{ id: string }];
    const owners = await Promise.all([1, 2].map((n) => people.users.create(SYSTEM, { tenantId, email: `owner-${n}@example.com`, password: PASSWORD, roles: ['owner'] })));
    const [one, two] = owners.map(({ user }) => user.id) as [string, string];
    const codes = await Promise.all([people.standing.ban(SYSTEM, one, null), people.standing.setRoles(SYSTEM, two, ['admin'])].map(codeOf));
    expect(codes.sort()).toEqual(['CONFLICT', 'ok']);
  });

  it('takes nobody for another owner who is banned, or whose tenant is disabled', async () => {
    const owner = async (name: string) => {
      const tenant = await new Tenants(people.desk).create(SYSTEM, { name, billing: 'internal', limits: NO_LIMITS });
      return { tenantId: tenant.id, id: (await people.users.create(SYSTEM, { tenantId: tenant.id, email: `${name}@example.com`, password: PASSWORD, roles: ['owner'] })).user.id };
    };
    const [one, two] = [await owner('one'), await owner('two')];
    const editor = new TenantEditor(people.desk);
    const codes = await Promise.all([one, two].map(({ tenantId }) => codeOf(editor.change(SYSTEM, tenantId, { status: 'disabled' }))));
    expect(codes.sort()).toEqual(['CONFLICT', 'ok']);
    const [left] = (await people.dataSource.query(`select id, tenant_id from users where id = any ($1) and tenant_id in (select id from tenants where status = 'active')`, [[one.id, two.id]])) as [{ id: string; tenant_id: string }];
    expect(await codeOf(people.standing.ban(SYSTEM, left.id, null))).toBe('CONFLICT');
    expect(await codeOf(people.standing.setRoles(SYSTEM, left.id, ['admin']))).toBe('CONFLICT');
    await people.dataSource.query(`update tenants set status = 'disabled' where id = $1`, [left.tenant_id]);
    for (const { id } of [one, two]) expect(await codeOf(people.standing.ban(SYSTEM, id, null))).toBe('CONFLICT');
  });

  it('lets nobody but an owner come near an owner', async () => {
    const [{ id: tenantId }] = (await people.dataSource.query('select id from tenants')) as [{ id: string }];
    const { user } = await people.users.create(SYSTEM, { tenantId, email: 'owner@example.com', password: PASSWORD, roles: ['owner'] });
    const admin = { ...SYSTEM, actor: { kind: 'user' as const, id: people.annId }, tenantId };
    const { sessionId } = await people.tokens.verify((await people.login.login('owner@example.com', PASSWORD, visitor)).accessToken);
    const attempts = [
      () => people.changes.issueReset(admin, user.id), () => people.standing.ban(admin, user.id, null), () => people.standing.setRoles(admin, user.id, ['member']), () => people.standing.setRoles(admin, people.annId, ['owner']),
      () => people.users.changeEmail(admin, user.id, 'mine@example.com', () => undefined), () => people.users.create(admin, { tenantId, email: 'x@example.com', password: PASSWORD, roles: ['owner'] }), () => people.sessions.end(admin, sessionId, 'x'),
    ];
    for (const attempt of attempts) expect(await codeOf(attempt())).toBe('FORBIDDEN');
    expect(await people.users.get(SYSTEM, user.id)).toMatchObject({ user: { email: 'owner@example.com', status: 'active' }, roles: ['owner'] });
    expect((await people.users.get(SYSTEM, people.annId)).roles).toEqual(['admin']);
  });
});
